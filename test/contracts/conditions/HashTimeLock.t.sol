// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {HashTimeLock} from "../../../contracts/conditions/HashTimeLock.sol";
import {ConditionFixture} from "./ConditionFixture.sol";

/// @dev Alice sends, Bob receives.
contract HashTimeLockTest is ConditionFixture("HashTimeLock.sol:HashTimeLock") {
    bytes32 private constant SECRET = "the secret";
    uint40 private constant TIMEOUT = 1_000_000;

    function _question(address signer) private view returns (Question memory question) {
        question.payment = _payment(1, 1);
        question.params = abi.encode(HashTimeLock.Terms(keccak256(abi.encode(SECRET)), BOB, TIMEOUT));
        question.output = _guarded(ALICE, TOKEN, 5, question.params);
        question.signers = _signers(signer);
    }

    function _claim() private view returns (Question memory question) {
        question = _question(BOB);
        question.args = abi.encode(SECRET);
    }

    function _refund() private view returns (Question memory question) {
        question = _question(ALICE);
        question.payment.validAfter = TIMEOUT;
    }

    // ---------------------------------------------------------------- claim

    function test_check_claim() public view {
        _assertYes(_claim());
        _assertNoForCutBodies(_claim());
    }

    /// Nothing about the time of a claim matters but that it never expires.
    function testFuzz_check_claimAtAnyTime(uint40 validAfter, uint40 validBefore) public view {
        Question memory question = _claim();
        question.payment.validAfter = validAfter;
        question.payment.validBefore = validBefore;
        assertEq(_asks(question), validBefore == 0);
    }

    function testFuzz_check_claimWithAnotherSecret(bytes32 secret) public view {
        Question memory question = _claim();
        question.args = abi.encode(secret);
        assertEq(_asks(question), secret == SECRET);
    }

    /// A secret of another length would be good on one chain and too long for another.
    function testFuzz_check_claimWithSecretOfAnotherLength(bytes memory secret) public view {
        Question memory question = _claim();
        question.args = secret;
        question.params = abi.encode(HashTimeLock.Terms(keccak256(secret), BOB, TIMEOUT));
        assertEq(_asks(question), secret.length == 32);
    }

    /// Who has seen the secret cannot use it: not the sender, not a stranger, not with others' signatures.
    function test_check_claimByAnotherSigner() public view {
        Question memory question = _claim();
        question.signers = _signers(ALICE, STRANGER);
        _assertNo(question);
        question.signers = new address[](0);
        _assertNo(question);
        question.signers = _sixteenStrangers();
        _assertNo(question);
        question.signers = _signers(BOB, STRANGER);
        _assertYes(question);
    }

    function test_check_receiverWithoutSecret() public view {
        Question memory question = _claim();
        question.args = "";
        _assertNo(question);
        question.payment.validAfter = TIMEOUT;
        _assertNo(question);
    }

    // ---------------------------------------------------------------- refund

    function testFuzz_check_refundFromTheTimeout(uint40 timeout, uint40 validAfter, uint40 validBefore) public view {
        Question memory question = _refund();
        question.params = abi.encode(HashTimeLock.Terms(keccak256(abi.encode(SECRET)), BOB, timeout));
        (question.payment.validAfter, question.payment.validBefore) = (validAfter, validBefore);
        assertEq(_asks(question), validAfter >= timeout);
    }

    function test_check_refundOneSecondEarly() public view {
        Question memory question = _refund();
        _assertYes(question);
        question.payment.validAfter = TIMEOUT - 1;
        _assertNo(question);
        question.payment.validAfter = 0;
        _assertNo(question);
    }

    function test_check_refundByAnotherSigner() public view {
        Question memory question = _refund();
        question.signers = _signers(BOB, STRANGER);
        _assertNo(question);
    }

    /// The sender who learnt the secret still waits for the timeout.
    function test_check_senderWithSecret() public view {
        Question memory question = _claim();
        question.signers = _signers(ALICE);
        _assertNo(question);
    }

    // ---------------------------------------------------------------- both

    /// Another input, anybody's, could be spent twice to have the claim refunded.
    function testFuzz_check_moreInputs(uint256 inputs) public view {
        inputs = 2 + (inputs % 7);
        Question[2] memory questions = [_claim(), _refund()];
        for (uint256 i = 0; i < 2; ++i) {
            questions[i].payment.inputs = _payment(inputs, 1).inputs;
            for (questions[i].inputIndex = 0; questions[i].inputIndex < inputs; ++questions[i].inputIndex) {
                _assertNo(questions[i]);
            }
        }
    }

    function testFuzz_check_malformedParams(bytes memory params) public view {
        Question memory question = _claim();
        question.params = params;
        if (params.length < 96) _assertNo(question);
        question.params = abi.encode(keccak256(abi.encode(SECRET)), uint256(uint160(BOB)) | (1 << 160), TIMEOUT);
        _assertNo(question);
    }

    function test_check_gas() public view {
        Question memory question = _claim();
        question.signers = _sixteenStrangers();
        question.payment = _longestPayment();
        _assertGas(question, 16_300);
        question.payment.inputs = _payment(1, 1).inputs;
        question.payment.validBefore = 0;
        question.signers[15] = BOB;
        _assertYes(question);
        _assertGas(question, 10_800);
    }
}
