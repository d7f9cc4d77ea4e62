// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ICondition} from "../../../contracts/conditions/ICondition.sol";
import {IConditions} from "../../../contracts/interfaces/IConditions.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Output} from "../../../contracts/types/Transaction.sol";
import {Assertions} from "../support/Assertions.sol";
import {Encoding, Input, Payment} from "../support/Encoding.sol";
import {vm} from "../support/Vm.sol";

/// @notice A shipped condition, taken from its artifact, registered, and asked as nodes and the registry ask.
abstract contract ConditionFixture is Assertions {
    /// @dev One question to the condition, before it is encoded.
    struct Question {
        Payment payment;
        uint256 inputIndex;
        Output output;
        address[] signers;
        bytes params;
        bytes args;
    }

    /// Gas that the conditions of a transaction have together (R15).
    uint256 private constant NODE_GAS = 200_000;

    address internal constant ETH = address(0);
    address internal constant TOKEN = address(0x70c3);
    address internal constant ALICE = address(0xa11ce);
    address internal constant BOB = address(0xb0b);
    address internal constant CAROL = address(0xca401);
    address internal constant STRANGER = address(0x57a9);

    string private _artifact;
    address internal _condition;

    constructor(string memory artifact) {
        _artifact = artifact;
    }

    /// @dev Reverts where the registry does not take the code: all tests fail.
    function setUp() public {
        IConditions registry = IConditions(_deploy("Conditions.sol:Conditions"));
        _condition = registry.register(_deploy(_artifact).code);
    }

    /// @notice The registry asks its creator, for which this stands in.
    function newestBlock() external pure returns (uint64) {
        return 0;
    }

    function _deploy(string memory artifact) private returns (address deployed) {
        bytes memory creationCode = vm.getCode(artifact);
        assembly ("memory-safe") {
            deployed := create(0, add(creationCode, 0x20), mload(creationCode))
        }
        require(deployed != address(0), artifact);
    }

    /// @dev Whether the condition says yes within the gas of nodes.
    function _asks(Question memory question) internal view returns (bool) {
        return _askWithBody(question, Encoding.body(question.payment));
    }

    function _askWithBody(Question memory question, bytes memory body) internal view returns (bool) {
        (bool success, bytes memory answer) = _condition.staticcall{gas: NODE_GAS}(_calldata(question, body));
        return success && answer.length == 32 && uint256(bytes32(answer)) == 1;
    }

    function _assertYes(Question memory question) internal view {
        assertTrue(_asks(question), "says yes");
    }

    function _assertNo(Question memory question) internal view {
        assertTrue(!_asks(question), "says no");
    }

    /// @dev Bodies that are no transaction get no yes, however short they are cut.
    function _assertNoForCutBodies(Question memory question) internal view {
        bytes memory body = Encoding.body(question.payment);
        assertTrue(!_askWithBody(question, bytes.concat(body, hex"00")), "says no to trailing bytes");
        for (uint256 length = body.length; length != 0; ) {
            assembly ("memory-safe") {
                length := sub(length, 1)
                mstore(body, length)
            }
            assertTrue(!_askWithBody(question, body), "says no to a cut body");
        }
    }

    /// @dev The call takes this much gas, rounded up to hundreds, with what it takes to make it; of 200,000 for a whole transaction (R15).
    function _assertGas(Question memory question, uint256 expected) internal view {
        bytes memory data = _calldata(question, Encoding.body(question.payment));
        address condition = _condition;
        uint256 used;
        assembly ("memory-safe") {
            pop(extcodesize(condition)) // from here on it is warm, as where it is counted
            used := gas()
            pop(staticcall(gas(), condition, add(data, 0x20), mload(data), 0, 0))
            used := sub(used, gas())
        }
        assertEq((used + 99) / 100 * 100, expected);
    }

    function _calldata(Question memory question, bytes memory body) private pure returns (bytes memory) {
        return
            abi.encodeCall(
                ICondition.check,
                (body, question.inputIndex, question.output, question.signers, question.params, question.args)
            );
    }

    /// @dev An output of ours under these params.
    function _guarded(address owner, address token, uint128 amount, bytes memory params) internal view returns (Output memory) {
        return Output(owner, token, amount, keccak256(abi.encode(_condition, params)));
    }

    /// @dev A payment with so many inputs, of the positions 1000, 1001 and so on, and so many outputs, of 1 wei to a stranger each.
    function _payment(uint256 inputs, uint256 outputs) internal pure returns (Payment memory payment) {
        payment.inputs = new Input[](inputs);
        for (uint256 i = 0; i < inputs; ++i) payment.inputs[i] = Input(Position.wrap(uint104(1_000 + i)), bytes32(i + 1));
        payment.outputs = new Output[](outputs);
        for (uint256 i = 0; i < outputs; ++i) payment.outputs[i] = Output(STRANGER, ETH, 1, 0);
    }

    /// @dev The longest body there is.
    function _longestPayment() internal pure returns (Payment memory payment) {
        payment = _payment(8, 8);
        for (uint256 i = 0; i < 8; ++i) payment.outputs[i] = Output(STRANGER, TOKEN, 1, bytes32(uint256(1)));
        (payment.memo, payment.validAfter, payment.validBefore) = (bytes32(uint256(1)), 1, 1);
    }

    /// @dev The most signers there are, none of whom matters, below and above all accounts that do.
    function _sixteenStrangers() internal pure returns (address[] memory signers) {
        signers = new address[](16);
        for (uint256 i = 0; i < 16; ++i) signers[i] = address(uint160(i < 8 ? i + 1 : (1 << 159) + i));
    }

    function _signers(address one) internal pure returns (address[] memory signers) {
        signers = new address[](1);
        signers[0] = one;
    }

    /// @dev Two signers, ascending as a witness has them.
    function _signers(address one, address other) internal pure returns (address[] memory signers) {
        signers = new address[](2);
        (signers[0], signers[1]) = one < other ? (one, other) : (other, one);
    }
}
