// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {PaymentChannel} from "../../../contracts/conditions/PaymentChannel.sol";
import {Output} from "../../../contracts/types/Transaction.sol";
import {ConditionFixture} from "./ConditionFixture.sol";

/// @dev Alice pays Bob.
contract PaymentChannelTest is ConditionFixture("PaymentChannel.sol:PaymentChannel") {
    uint40 private constant EXPIRY = 1_000_000;
    uint128 private constant FUNDS = 100;

    /// @dev The state in which so much is paid, signed by these.
    function _state(uint128 paid, address[] memory signers) private view returns (Question memory question) {
        question.payment = _payment(1, 2);
        question.payment.outputs[0] = Output(BOB, TOKEN, paid, 0);
        question.payment.outputs[1] = Output(ALICE, TOKEN, FUNDS - paid, 0);
        question.params = abi.encode(PaymentChannel.Terms(BOB, EXPIRY));
        question.output = _guarded(ALICE, TOKEN, FUNDS, question.params);
        question.signers = signers;
    }

    function _refund() private view returns (Question memory question) {
        question = _state(1, _signers(ALICE));
        question.payment.validAfter = EXPIRY;
    }

    function test_check_close() public view {
        _assertYes(_state(30, _signers(ALICE, BOB)));
        _assertNoForCutBodies(_state(30, _signers(ALICE, BOB)));
    }

    /// Whatever both sign is theirs to decide: the whole to one of them, another channel, a third one paid.
    function testFuzz_check_closeByBoth(uint40 validAfter, uint8 outputs) public view {
        Question memory question = _state(1, _signers(ALICE, BOB));
        question.payment.outputs = _payment(1, (outputs % 8) + 1).outputs;
        question.payment.validAfter = validAfter;
        _assertYes(question);
    }

    /// What the payer handed over is no spend before the receiver signs, whichever state it is: she cannot use an old one.
    function testFuzz_check_stateThatThePayerSigned(uint128 paid, uint40 validAfter) public view {
        Question memory question = _state(1 + (paid % (FUNDS - 1)), _signers(ALICE));
        question.payment.validAfter = validAfter % EXPIRY;
        _assertNo(question);
        question.signers = _signers(ALICE, STRANGER);
        _assertNo(question);
    }

    /// The receiver cannot make a state.
    function testFuzz_check_stateThatTheReceiverSigned(uint128 paid, uint40 validAfter) public view {
        Question memory question = _state(1 + (paid % (FUNDS - 1)), _signers(BOB, STRANGER));
        question.payment.validAfter = validAfter;
        _assertNo(question);
    }

    /// A closing that expires would refund the payer by its in-flight exit.
    function testFuzz_check_closeThatExpires(uint40 validBefore) public view {
        Question memory question = _state(30, _signers(ALICE, BOB));
        question.payment.validBefore = validBefore;
        assertEq(_asks(question), validBefore == 0);
    }

    function testFuzz_check_refundFromTheExpiry(uint40 expiry, uint40 validAfter, uint40 validBefore) public view {
        Question memory question = _refund();
        question.params = abi.encode(PaymentChannel.Terms(BOB, expiry));
        (question.payment.validAfter, question.payment.validBefore) = (validAfter, validBefore);
        assertEq(_asks(question), validAfter >= expiry);
    }

    function test_check_refundOneSecondEarly() public view {
        Question memory question = _refund();
        _assertYes(question);
        question.payment.validAfter = EXPIRY - 1;
        _assertNo(question);
    }

    function test_check_refundByTheReceiver() public view {
        Question memory question = _refund();
        question.signers = _signers(BOB);
        _assertNo(question);
        question.signers = new address[](0);
        _assertNo(question);
    }

    /// Another input, anybody's, could be spent twice to have the closing refunded.
    function testFuzz_check_moreInputs(uint256 inputs) public view {
        inputs = 2 + (inputs % 7);
        Question[2] memory questions = [_state(30, _signers(ALICE, BOB)), _refund()];
        for (uint256 i = 0; i < 2; ++i) {
            questions[i].payment.inputs = _payment(inputs, 1).inputs;
            for (questions[i].inputIndex = 0; questions[i].inputIndex < inputs; ++questions[i].inputIndex) {
                _assertNo(questions[i]);
            }
        }
    }

    /// Args are nobody's word: they change nothing.
    function testFuzz_check_args(bytes memory args) public view {
        Question memory question = _state(30, _signers(ALICE));
        question.args = args;
        _assertNo(question);
        question.signers = _signers(ALICE, BOB);
        _assertYes(question);
    }

    function testFuzz_check_malformedParams(bytes memory params) public view {
        Question memory question = _state(30, _signers(ALICE, BOB));
        question.params = params;
        if (params.length < 64) _assertNo(question);
        question.params = abi.encode(uint256(uint160(BOB)) | (1 << 160), EXPIRY);
        _assertNo(question);
    }

    function test_check_gas() public view {
        Question memory question = _state(30, _sixteenStrangers());
        question.payment = _longestPayment();
        _assertGas(question, 14_700);
        question.payment.inputs = _payment(1, 1).inputs;
        question.payment.validBefore = 0;
        (question.signers[14], question.signers[15]) = (ALICE, BOB);
        _assertYes(question);
        _assertGas(question, 11_400);
    }
}
