// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Ownable} from "@openzeppelin/contracts/access/Ownable.sol";
import {Ownable2Step} from "@openzeppelin/contracts/access/Ownable2Step.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {BlockHeader, SealedBlock} from "../../contracts/types/Block.sol";
import {RootChainFixture} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

contract RootChainBlocksTest is RootChainFixture {
    bytes32[] private _none;

    function _leaves(uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = keccak256(abi.encode(i));
    }

    function _one(SealedBlock memory sealedBlock) private pure returns (SealedBlock[] memory blocks) {
        blocks = new SealedBlock[](1);
        blocks[0] = sealedBlock;
    }

    function _submit(SealedBlock[] memory blocks) private {
        bytes32 seen = depositHash();
        vm.prank(operator);
        rootChain.submitBlocks(newest, blocks, seen);
    }

    function _expect(bytes memory revertData, SealedBlock memory sealedBlock) private {
        bytes32 seen = depositHash();
        vm.expectRevert(revertData);
        vm.prank(operator);
        rootChain.submitBlocks(newest, _one(sealedBlock), seen);
    }

    /// I6, R3
    function test_submitBlocks_keepsTheHashOfTheHeader() public {
        deposit(alice, 1 ether);
        vm.warp(START + 100);
        BlockHeader memory first = commitLeaves(_leaves(3));
        assertEq(first.timestamp, START + 100);
        assertEq(rootChain.blockHashes(1), keccak256(abi.encode(first)));
        BlockHeader memory second = commitLeaves(_none);
        assertEq(second.parentHash, rootChain.blockHashes(1));
        assertEq(rootChain.blockHashes(2), keccak256(abi.encode(second)));
        assertEq(rootChain.newestBlock(), 2);
        assertEq(rootChain.blockHashes(0), 0);
        assertEq(rootChain.blockHashes(3), 0);
    }

    function test_submitBlocks_tellsEveryBlock() public {
        deposit(alice, 1 ether);
        SealedBlock memory first = seal(_leaves(5));
        vm.expectEmit(address(rootChain));
        emit IRootChain.BlockSubmitted(1, first.root, 5, START, 1);
        _submit(_one(first));
    }

    function test_submitBlocks_severalAtOnce() public {
        deposit(alice, 1 ether);
        deposit(bob, 1 ether);
        SealedBlock[] memory blocks = new SealedBlock[](3);
        for (uint256 i = 0; i < 3; ++i) {
            blocks[i] = seal(_leaves(i + 1));
            blocks[i].number = uint64(i + 1);
            blocks[i].depositCount = uint32(i);
            blocks[i].sealedAt = uint40(START - 10 + i);
        }
        _submit(blocks);
        BlockHeader memory header;
        for (uint32 i = 0; i < 3; ++i) {
            bytes32 seen = i == 0 ? bytes32(0) : rootChain.depositHashes(i - 1);
            header = BlockHeader(
                i + 1,
                headerHash(header),
                blocks[i].root,
                i + 1,
                START,
                blocks[i].sealedAt,
                i,
                seen
            );
            assertEq(rootChain.blockHashes(i + 1), headerHash(header));
        }
        assertEq(rootChain.newestBlock(), 3);
    }

    function test_submitBlocks_byNobodyElse() public {
        SealedBlock[] memory blocks = _one(seal(_none));
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotOperator.selector, stranger));
        vm.prank(stranger);
        rootChain.submitBlocks(newest, blocks, 0);
        // The owner may rotate the key and do nothing with it.
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotOperator.selector, address(this)));
        rootChain.submitBlocks(newest, blocks, 0);
    }

    /// All pending blocks in one over-large L1 transaction: the batch is bounded (EIP-7825).
    function test_submitBlocks_inBoundedBatches() public {
        SealedBlock[] memory blocks = new SealedBlock[](257);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InvalidBatch.selector, 257));
        vm.prank(operator);
        rootChain.submitBlocks(newest, blocks, 0);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InvalidBatch.selector, 0));
        vm.prank(operator);
        rootChain.submitBlocks(newest, new SealedBlock[](0), 0);
        blocks = new SealedBlock[](256);
        for (uint64 i = 0; i < 256; ++i) blocks[i].number = i + 1;
        _submit(blocks);
        assertEq(rootChain.newestBlock(), 256);
    }

    /// I6: a root replaced or a number skipped.
    function test_submitBlocks_neverReplacesNorSkips() public {
        BlockHeader memory parent = newest;
        commitLeaves(_leaves(1));
        SealedBlock memory again = seal(_leaves(2));
        again.number = 1;
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ParentMismatch.selector, 1));
        vm.prank(operator);
        rootChain.submitBlocks(parent, _one(again), 0);
        _expect(abi.encodeWithSelector(IRootChain.UnexpectedBlock.selector, 2, 1), again);
        again.number = 3;
        _expect(abi.encodeWithSelector(IRootChain.UnexpectedBlock.selector, 2, 3), again);
    }

    /// R3: every field of the parent is held against the chain.
    function testFuzz_submitBlocks_behindAnotherParent(uint8 field, uint256 difference) public {
        commitLeaves(_leaves(1));
        BlockHeader memory parent = newest;
        bytes32[8] memory words = abi.decode(abi.encode(parent), (bytes32[8]));
        uint16[8] memory bits = [64, 256, 256, 32, 40, 40, 32, 256];
        uint256 index = field % 8;
        words[index] ^= bytes32(_nonZero(difference, bits[index]));
        parent = abi.decode(abi.encode(words), (BlockHeader));
        SealedBlock memory next = seal(_none);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ParentMismatch.selector, 1));
        vm.prank(operator);
        rootChain.submitBlocks(parent, _one(next), 0);
    }

    function _nonZero(uint256 value, uint256 bits) private pure returns (uint256) {
        value >>= 256 - bits;
        return value == 0 ? 1 : value;
    }

    function test_submitBlocks_firstBehindAParentWithFields() public {
        BlockHeader memory parent;
        parent.parentHash = bytes32(uint256(1));
        SealedBlock memory first = seal(_none);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ParentMismatch.selector, 0));
        vm.prank(operator);
        rootChain.submitBlocks(parent, _one(first), 0);
    }

    function test_submitBlocks_sealedOutOfTime() public {
        commitLeaves(_none);
        SealedBlock memory next = seal(_none);
        next.sealedAt = START - 1;
        _expect(abi.encodeWithSelector(IRootChain.InvalidSealTime.selector, 2, START - 1), next);
        next.sealedAt = START + 1;
        _expect(abi.encodeWithSelector(IRootChain.InvalidSealTime.selector, 2, START + 1), next);
        next.sealedAt = START;
        vm.warp(START + 5 days);
        _submit(_one(next));
    }

    function test_submitBlocks_ofTooManyTransactions() public {
        SealedBlock memory next = seal(_leaves(1));
        next.txCount = 2 ** 20 + 1;
        _expect(abi.encodeWithSelector(IRootChain.InvalidTransactionCount.selector, 1, 2 ** 20 + 1), next);
        next.txCount = 0;
        _expect(abi.encodeWithSelector(IRootChain.InvalidTransactionCount.selector, 1, 0), next);
        next.txCount = 2 ** 20;
        _submit(_one(next));
    }

    /// R4: the deposits that a block has seen are those on this chain, no fewer than its parent's.
    function test_submitBlocks_uponOtherDeposits() public {
        deposit(alice, 1 ether);
        deposit(alice, 2 ether);
        commitLeaves(_none);
        bytes memory mismatch = abi.encodeWithSelector(IRootChain.DepositsMismatch.selector, 2, 1);
        SealedBlock memory next = seal(_none);
        next.depositCount = 1;
        bytes32 earlier = rootChain.depositHashes(0);
        vm.expectRevert(mismatch);
        vm.prank(operator);
        rootChain.submitBlocks(newest, _one(next), earlier);
        next.depositCount = 3;
        _expect(abi.encodeWithSelector(IRootChain.DepositsMismatch.selector, 2, 3), next);
        next.depositCount = 2;
        vm.expectRevert(abi.encodeWithSelector(IRootChain.DepositsMismatch.selector, 2, 2));
        vm.prank(operator);
        rootChain.submitBlocks(newest, _one(next), keccak256("other"));
    }

    /// R4: one hash for the batch stands for the deposits of each of its blocks, because it is chained over them.
    function test_submitBlocks_severalUponDepositsThatAReorgReplaced() public {
        uint256 fork = vm.snapshotState();
        deposit(alice, 1 ether);
        deposit(bob, 1 ether);
        bytes32 seen = depositHash();
        vm.revertToState(fork);
        deposit(carol, 1 ether);
        deposit(bob, 1 ether);
        SealedBlock[] memory blocks = new SealedBlock[](2);
        (blocks[0], blocks[1]) = (seal(_none), seal(_none));
        blocks[0].depositCount = 1;
        blocks[1].number = 2;
        vm.expectRevert(abi.encodeWithSelector(IRootChain.DepositsMismatch.selector, 2, 2));
        vm.prank(operator);
        rootChain.submitBlocks(newest, blocks, seen);
    }

    /// R4: lag is allowed.
    function test_submitBlocks_withoutTheNewestDeposits() public {
        deposit(alice, 1 ether);
        SealedBlock memory next = seal(_none);
        next.depositCount = 0;
        vm.prank(operator);
        rootChain.submitBlocks(newest, _one(next), 0);
        assertEq(rootChain.newestBlock(), 1);
    }

    function test_setOperator_rotatesTheKey() public {
        vm.expectEmit(address(rootChain));
        emit IRootChain.OperatorChanged(operator, bob);
        rootChain.setOperator(bob);
        assertEq(rootChain.operator(), bob);
        SealedBlock[] memory blocks = _one(seal(_none));
        vm.expectRevert(abi.encodeWithSelector(IRootChain.NotOperator.selector, operator));
        vm.prank(operator);
        rootChain.submitBlocks(newest, blocks, 0);
        operator = bob;
        commitLeaves(_none);
    }

    function test_setOperator_byNobodyElseAndToSomebody() public {
        vm.expectRevert(abi.encodeWithSelector(Ownable.OwnableUnauthorizedAccount.selector, operator));
        vm.prank(operator);
        rootChain.setOperator(operator);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ZeroAddress.selector));
        rootChain.setOperator(address(0));
    }

    function test_transferOwnership_takesTwoSteps() public {
        Ownable2Step(address(rootChain)).transferOwnership(bob);
        assertEq(Ownable2Step(address(rootChain)).owner(), address(this));
        vm.prank(bob);
        Ownable2Step(address(rootChain)).acceptOwnership();
        assertEq(Ownable2Step(address(rootChain)).owner(), bob);
    }
}
