// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {DevToken} from "../../../contracts/dev/DevToken.sol";
import {IExitProcessor} from "../../../contracts/interfaces/IExitProcessor.sol";
import {IRootChain} from "../../../contracts/interfaces/IRootChain.sol";
import {Source, Spend} from "../../../contracts/libraries/SpendProof.sol";
import {BlockHeader, Inclusion, SealedBlock} from "../../../contracts/types/Block.sol";
import {Position, depositPosition, positionOf} from "../../../contracts/types/Position.sol";
import {ETH, FeeClaim, Output, OutputPreimage} from "../../../contracts/types/Transaction.sol";
import {Assertions} from "./Assertions.sol";
import {Encoding, Input, Payment} from "./Encoding.sol";
import {MerkleTree} from "./MerkleTree.sol";
import {vm} from "./Vm.sol";

/// @notice An entry of a block in the form that calldata carries.
struct Entry {
    bytes body;
    bytes witness;
    bytes32 txId;
    Output[] outputs;
    OutputPreimage[] spent;
}

/// @notice An output with what it takes to exit and to spend it. Without a body it is a deposit, of whose inclusion there is
/// the header of the block behind which it was made.
struct Coin {
    bytes32 id;
    OutputPreimage preimage;
    Position position;
    bytes body;
    Inclusion inclusion;
    uint32 depositIndex;
    bytes32 previousDepositHash;
}

/// @notice Both halves of the root chain, as they stand at its one address.
interface IPlasma is IRootChain, IExitProcessor {}

/// @notice A root chain with people, money and blocks. What is a step in the life of the chain is one function here and makes
/// exactly one call to the contract, so that `expectRevert` may precede it.
abstract contract RootChainFixture is Assertions {
    uint256 internal constant PERIOD = 7 days;
    uint256 internal constant STEP = PERIOD / 168;
    uint64 internal constant ANY_BLOCK = type(uint64).max;
    uint40 internal constant START = 1_800_000_000;
    uint256 internal constant WALK = 50;

    IPlasma internal rootChain;
    DevToken internal token;
    address internal operator;
    address internal alice;
    address internal bob;
    address internal carol;
    address internal stranger;
    uint256 internal bond;

    BlockHeader internal newest;
    mapping(address account => uint256) private _keys;

    function setUp() public virtual {
        vm.warp(START);
        operator = person("operator");
        alice = person("alice");
        bob = person("bob");
        carol = person("carol");
        stranger = person("stranger");
        rootChain = deployRootChain(operator, PERIOD, address(this));
        token = new DevToken("Test token", "TEST");
        bond = rootChain.minimumBond(block.basefee);
    }

    /// @dev From the artifact: a test that names the contract has its creation code compiled into it once more.
    function deployRootChain(address operator_, uint256 period, address guardian) internal returns (IPlasma deployed) {
        bytes memory code = abi.encodePacked(
            vm.getCode("RootChain.sol:RootChain"),
            abi.encode(operator_, period, guardian)
        );
        assembly ("memory-safe") {
            deployed := create(0, add(code, 32), mload(code))
            if iszero(deployed) {
                let data := mload(0x40)
                returndatacopy(data, 0, returndatasize())
                revert(data, returndatasize())
            }
        }
    }

    function person(string memory name) internal returns (address account) {
        uint256 key = uint256(keccak256(bytes(name)));
        account = vm.addr(key);
        _keys[account] = key;
        vm.deal(account, 1_000_000 ether);
    }

    function keyOf(address account) internal view returns (uint256) {
        return _keys[account];
    }

    /// @dev For calls that process standard exits only.
    function noInFlight() internal pure returns (IExitProcessor.InFlightOpening[] memory) {
        return new IExitProcessor.InFlightOpening[](0);
    }

    // ---------------------------------------------------------------- deposits

    function deposit(address owner, uint128 amount) internal returns (Coin memory coin) {
        coin = nextDeposit(owner, ETH, amount);
        vm.prank(owner);
        rootChain.deposit{value: amount}(owner, ANY_BLOCK);
    }

    function depositToken(address owner, uint128 amount) internal returns (Coin memory coin) {
        coin = nextDeposit(owner, address(token), amount);
        token.mint(owner, amount);
        vm.prank(owner);
        token.approve(address(rootChain), amount);
        vm.prank(owner);
        rootChain.depositERC20(address(token), amount, owner, ANY_BLOCK);
    }

    /// @dev The coin that the next deposit makes.
    function nextDeposit(address owner, address asset, uint128 amount) internal view returns (Coin memory coin) {
        uint32 index = rootChain.depositCount();
        coin.depositIndex = index;
        coin.previousDepositHash = index == 0 ? bytes32(0) : rootChain.depositHashes(index - 1);
        coin.preimage = OutputPreimage(
            Encoding.depositOrigin(index, newest.number),
            0,
            Output(owner, asset, amount, 0)
        );
        coin.id = Encoding.outputId(coin.preimage);
        coin.position = depositPosition(index, newest.number);
        coin.inclusion.header = newest;
    }

    // ---------------------------------------------------------------- transactions

    function plain(address owner, address asset, uint128 amount) internal pure returns (Output memory) {
        return Output(owner, asset, amount, 0);
    }

    /// @dev A payment of the whole of `coin` to `receiver`.
    function pay(Coin memory coin, address receiver) internal view returns (Entry memory) {
        Output[] memory outputs = new Output[](1);
        outputs[0] = plain(receiver, coin.preimage.output.token, coin.preimage.output.amount);
        return sign(draft(coin, outputs), one(coin));
    }

    /// @dev A payment of 1 input and 2 outputs.
    function split(Coin memory coin, address receiver, uint128 amount) internal view returns (Entry memory) {
        Output memory input = coin.preimage.output;
        Output[] memory outputs = new Output[](2);
        outputs[0] = plain(receiver, input.token, amount);
        outputs[1] = plain(input.owner, input.token, input.amount - amount);
        return sign(draft(coin, outputs), one(coin));
    }

    function draft(Coin memory coin, Output[] memory outputs) internal pure returns (Payment memory) {
        return draft(one(coin), outputs);
    }

    function draft(Coin[] memory coins, Output[] memory outputs) internal pure returns (Payment memory payment) {
        payment.inputs = new Input[](coins.length);
        for (uint256 i = 0; i < coins.length; ++i) payment.inputs[i] = Input(coins[i].position, coins[i].id);
        payment.outputs = outputs;
    }

    function one(Coin memory coin) internal pure returns (Coin[] memory coins) {
        coins = new Coin[](1);
        coins[0] = coin;
    }

    function two(Coin memory first, Coin memory second) internal pure returns (Coin[] memory coins) {
        coins = new Coin[](2);
        (coins[0], coins[1]) = (first, second);
    }

    function to(address owner, address asset, uint128 amount) internal pure returns (Output[] memory outputs) {
        outputs = new Output[](1);
        outputs[0] = plain(owner, asset, amount);
    }

    /// @dev Signed by every owner once, in ascending order.
    function sign(Payment memory payment, Coin[] memory coins) internal view returns (Entry memory entry) {
        address[] memory owners = new address[](coins.length);
        for (uint256 i = 0; i < coins.length; ++i) owners[i] = coins[i].preimage.output.owner;
        entry = signAs(payment, coins, ascending(owners));
    }

    function signAs(
        Payment memory payment,
        Coin[] memory coins,
        address[] memory signers
    ) internal view returns (Entry memory entry) {
        entry.body = Encoding.body(payment);
        entry.txId = Encoding.digest(rootChain.domainSeparator(), Encoding.structHash(payment));
        uint256[] memory keys = new uint256[](signers.length);
        for (uint256 i = 0; i < signers.length; ++i) keys[i] = _keys[signers[i]];
        entry.witness = Encoding.witness(entry.txId, keys);
        entry.outputs = payment.outputs;
        entry.spent = new OutputPreimage[](coins.length);
        for (uint256 i = 0; i < coins.length; ++i) entry.spent[i] = coins[i].preimage;
    }

    /// @dev Sorted, each once.
    function ascending(address[] memory accounts) internal pure returns (address[] memory sorted) {
        uint256 count = 0;
        for (uint256 i = 0; i < accounts.length; ++i) {
            uint256 place = 0;
            while (place < count && accounts[place] < accounts[i]) ++place;
            if (place < count && accounts[place] == accounts[i]) continue;
            address moved = accounts[i];
            for (uint256 j = i; j > place; --j) accounts[j] = accounts[j - 1];
            accounts[place] = moved;
            ++count;
        }
        sorted = new address[](count);
        for (uint256 i = 0; i < count; ++i) sorted[i] = accounts[i];
    }

    function claim(FeeClaim memory claimed) internal view returns (Entry memory entry) {
        entry.body = Encoding.feeClaim(claimed);
        entry.txId = Encoding.digest(rootChain.domainSeparator(), Encoding.structHash(claimed));
        entry.outputs = to(claimed.owner, claimed.token, claimed.amount);
    }

    // ---------------------------------------------------------------- blocks

    function list(Entry memory entry) internal pure returns (Entry[] memory entries) {
        entries = new Entry[](1);
        entries[0] = entry;
    }

    function leavesOf(Entry[] memory entries) internal pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](entries.length);
        for (uint256 i = 0; i < entries.length; ++i) {
            leaves[i] = MerkleTree.leaf(entries[i].txId, keccak256(entries[i].witness));
        }
    }

    /// @dev The block of these leaves behind the newest one, having seen every deposit.
    function seal(bytes32[] memory leaves) internal view returns (SealedBlock memory) {
        (bytes32 root, ) = MerkleTree.prove(leaves, 0);
        uint32 txCount = uint32(leaves.length);
        return SealedBlock(newest.number + 1, root, txCount, uint40(block.timestamp), rootChain.depositCount());
    }

    function depositHash() internal view returns (bytes32) {
        return depositHash(rootChain.depositCount());
    }

    function depositHash(uint32 count) internal view returns (bytes32) {
        return count == 0 ? bytes32(0) : rootChain.depositHashes(count - 1);
    }

    function headerHash(BlockHeader memory header) internal pure returns (bytes32) {
        return header.number == 0 ? bytes32(0) : keccak256(abi.encode(header));
    }

    function commit(Entry[] memory entries) internal returns (BlockHeader memory) {
        return commitLeaves(leavesOf(entries));
    }

    function commitLeaves(bytes32[] memory leaves) internal returns (BlockHeader memory) {
        return commitSealed(seal(leaves));
    }

    function commitSealed(SealedBlock memory sealedBlock) internal returns (BlockHeader memory header) {
        SealedBlock[] memory blocks = new SealedBlock[](1);
        blocks[0] = sealedBlock;
        header = BlockHeader(
            blocks[0].number,
            headerHash(newest),
            blocks[0].root,
            blocks[0].txCount,
            uint40(block.timestamp),
            blocks[0].sealedAt,
            blocks[0].depositCount,
            depositHash(blocks[0].depositCount)
        );
        vm.prank(operator);
        rootChain.submitBlocks(newest, blocks, header.depositHash);
        newest = header;
    }

    /// @dev The `outputIndex`-th output of the only entry of a new block.
    function included(Entry memory entry, uint8 outputIndex) internal returns (Coin memory) {
        BlockHeader memory header = commit(list(entry));
        return coinOf(list(entry), 0, outputIndex, header);
    }

    function inclusionOf(
        Entry[] memory entries,
        uint32 txIndex,
        BlockHeader memory header
    ) internal pure returns (Inclusion memory) {
        (, bytes32[] memory path) = MerkleTree.prove(leavesOf(entries), txIndex);
        return Inclusion(header, txIndex, keccak256(entries[txIndex].witness), path);
    }

    function coinOf(
        Entry[] memory entries,
        uint32 txIndex,
        uint8 outputIndex,
        BlockHeader memory header
    ) internal pure returns (Coin memory coin) {
        Entry memory entry = entries[txIndex];
        coin.preimage = OutputPreimage(entry.txId, outputIndex, entry.outputs[outputIndex]);
        coin.id = Encoding.outputId(coin.preimage);
        coin.position = positionOf(header.number, txIndex, outputIndex);
        coin.body = entry.body;
        coin.inclusion = inclusionOf(entries, txIndex, header);
    }

    // ---------------------------------------------------------------- exits

    function atFront() internal pure returns (IRootChain.Hint memory) {
        return IRootChain.Hint(new bytes32[](0), WALK);
    }

    function behind(bytes32 id) internal pure returns (IRootChain.Hint memory hint) {
        hint = IRootChain.Hint(new bytes32[](1), 0);
        hint.entries[0] = id;
    }

    function exit(Coin memory coin) internal {
        exitAs(coin.preimage.output.owner, coin, bond, atFront(), "");
    }

    function exitAs(
        address sender,
        Coin memory coin,
        uint256 value,
        IRootChain.Hint memory hint,
        bytes memory authorization
    ) internal {
        OutputPreimage memory preimage = coin.preimage;
        vm.prank(sender);
        if (coin.body.length == 0) {
            rootChain.startDepositExit{value: value}(
                coin.depositIndex,
                coin.position.blockNumber(),
                coin.previousDepositHash,
                preimage.output,
                hint,
                authorization
            );
        } else {
            rootChain.startExit{value: value}(
                coin.body,
                preimage.outputIndex,
                coin.inclusion,
                hint,
                authorization
            );
        }
    }

    /// @dev Starter 20 | deadline 5 | signature of `signer` 64.
    function authorize(
        Coin memory coin,
        address starter,
        uint40 deadline,
        address signer
    ) internal view returns (bytes memory) {
        bytes32 hashed = keccak256(
            abi.encode(
                keccak256(
                    "ExitAuthorization(uint104 position,bytes32 outputId,address starter,uint40 deadline)"
                ),
                coin.position,
                coin.id,
                starter,
                deadline
            )
        );
        bytes32 digest = Encoding.digest(rootChain.domainSeparator(), hashed);
        return abi.encodePacked(starter, deadline, Encoding.signature(digest, _keys[signer]));
    }

    /// @dev What shows `entry` to spend its `inputIndex`-th input without being in a block.
    function loose(Entry memory entry, uint8 inputIndex) internal pure returns (Spend memory spend) {
        spend.body = entry.body;
        spend.witness = entry.witness;
        spend.preimages = entry.spent;
        spend.inputIndex = inputIndex;
    }

    function withInclusion(Spend memory spend, Inclusion memory inclusion) internal pure returns (Spend memory) {
        spend.inclusion = new Inclusion[](1);
        spend.inclusion[0] = inclusion;
        return spend;
    }

    function withSource(Spend memory spend, Coin memory coin) internal pure returns (Spend memory) {
        spend.source = new Source[](1);
        spend.source[0] = Source(coin.body, coin.inclusion);
        return spend;
    }

    function challenge(Entry memory entry, address beneficiary) internal {
        rootChain.challengeExit(loose(entry, 0), beneficiary);
    }

    function opening(Coin memory coin) internal pure returns (bytes memory) {
        OutputPreimage memory preimage = coin.preimage;
        return
            abi.encodePacked(
                preimage.originId,
                preimage.outputIndex,
                preimage.output.owner,
                preimage.output.amount
            );
    }

    function openings(Coin[] memory coins) internal pure returns (bytes memory packed) {
        for (uint256 i = 0; i < coins.length; ++i) packed = bytes.concat(packed, opening(coins[i]));
    }

    function process(Coin memory coin) internal returns (uint256) {
        return rootChain.processExits(coin.preimage.output.token, 1, opening(coin), noInFlight());
    }

    function stateOf(Coin memory coin) internal view returns (uint8) {
        return rootChain.exitOf(coin.id).state;
    }

    /// @dev To the first moment at which everything started by now has matured.
    function mature() internal {
        vm.warp(block.timestamp + 2 * PERIOD + STEP + 1);
    }
}
