// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {LimitOrder} from "../../../contracts/conditions/LimitOrder.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {Output} from "../../../contracts/types/Transaction.sol";
import {Input} from "../support/Encoding.sol";
import {ConditionFixture} from "./ConditionFixture.sol";

/// @dev Alice offers 600 TOKEN for 900 wei, at least 100 at a time.
contract LimitOrderTest is ConditionFixture("LimitOrder.sol:LimitOrder") {
    uint40 private constant EXPIRY = 1_000_000;
    uint104 private constant INPUTS_BEFORE = 500;

    function _terms() private pure returns (LimitOrder.Terms memory) {
        return LimitOrder.Terms(ETH, 600, 900, 100, EXPIRY, Position.wrap(INPUTS_BEFORE));
    }

    /// @dev A stranger takes `taken` for `paid` by a transaction that spends the order as input `index` of `inputs`.
    function _fill(
        LimitOrder.Terms memory terms,
        uint128 amount,
        uint128 taken,
        uint128 paid,
        uint256 index,
        uint256 inputs
    ) private view returns (Question memory question) {
        question.params = abi.encode(terms);
        question.output = _guarded(ALICE, TOKEN, amount, question.params);
        question.inputIndex = index;
        question.payment = _payment(inputs, 2 * index + 2);
        for (uint256 i = 0; i < inputs; ++i) {
            if (i != index) question.payment.inputs[i] = Input(Position.wrap(uint104(INPUTS_BEFORE - 1 - i)), bytes32(i + 1));
        }
        question.payment.validBefore = EXPIRY;
        question.payment.outputs[2 * index] = Output(ALICE, terms.wantedToken, paid, 0);
        if (taken < amount) {
            question.payment.outputs[2 * index + 1] = Output(ALICE, TOKEN, amount - taken, question.output.condition);
        }
        question.signers = _signers(STRANGER);
    }

    function _fill(uint128 taken, uint128 paid) private view returns (Question memory) {
        return _fill(_terms(), 600, taken, paid, 0, 2);
    }

    // ---------------------------------------------------------------- price

    function test_check_wholeFill() public view {
        _assertYes(_fill(600, 900));
        _assertYes(_fill(600, 901));
        _assertNo(_fill(600, 899));
        _assertNoForCutBodies(_fill(600, 900));
    }

    function test_check_partialFill() public view {
        _assertYes(_fill(200, 300));
        _assertNo(_fill(200, 299));
        _assertYes(_fill(101, 152)); // 151.5
        _assertNo(_fill(101, 151));
    }

    /// For every price and fill: nobody gets more than the price allows, to the last unit, and nobody is asked for more.
    function testFuzz_check_price(uint128 offered, uint128 wanted, uint128 amount, uint128 taken, uint128 paid) public view {
        LimitOrder.Terms memory terms = _terms();
        (terms.offered, terms.wanted, terms.minimum) = (offered | 1, wanted | 1, 0);
        amount |= 1;
        taken = 1 + (taken % amount);
        uint256 price = (uint256(taken) * terms.wanted + terms.offered - 1) / terms.offered;
        if (price <= type(uint128).max) {
            _assertYes(_fill(terms, amount, taken, uint128(price), 0, 2));
            if (price > 1) _assertNo(_fill(terms, amount, taken, uint128(price - 1), 0, 2));
        }
        paid |= 1;
        assertEq(_asks(_fill(terms, amount, taken, paid, 0, 2)), paid >= price);
    }

    /// However an order is cut, the maker has at least the price of the whole.
    function testFuzz_check_priceOfManyFills(uint64 offered, uint64 wanted, uint256 seed) public view {
        LimitOrder.Terms memory terms = _terms();
        (terms.offered, terms.wanted, terms.minimum) = (uint128(offered) + 1, uint128(wanted) + 1, 0);
        uint128 left = terms.offered;
        uint256 earned = 0;
        for (uint256 i = 0; i < 8 && left != 0; ++i) {
            uint128 taken = i == 7 ? left : 1 + (uint128(uint256(keccak256(abi.encode(seed, i)))) % left);
            uint128 price = (taken * terms.wanted + terms.offered - 1) / terms.offered;
            _assertYes(_fill(terms, left, taken, price, 0, 2));
            earned += price;
            left -= taken;
        }
        assertTrue(left == 0 && earned >= terms.wanted, "the whole price");
    }

    /// Extreme amounts neither overflow into a cheap fill nor lock the order.
    function test_check_extremeAmounts() public view {
        uint128 most = type(uint128).max;
        LimitOrder.Terms memory terms = _terms();
        (terms.offered, terms.wanted) = (most, most);
        _assertYes(_fill(terms, most, most, most, 0, 2));
        _assertNo(_fill(terms, most, most, most - 1, 0, 2));
        terms.offered = 1;
        _assertNo(_fill(terms, most, most, most, 0, 2));
        (terms.offered, terms.wanted) = (most, 1);
        _assertYes(_fill(terms, most, most, 1, 0, 2));
        (terms.offered, terms.wanted) = (0, 1);
        _assertNo(_fill(terms, most, most, most, 0, 2));
    }

    function test_check_paidToAnother() public view {
        Question memory question = _fill(600, 900);
        question.payment.outputs[0].owner = STRANGER;
        _assertNo(question);
    }

    function test_check_paidInAnotherToken() public view {
        Question memory question = _fill(600, 900);
        question.payment.outputs[0].token = TOKEN;
        _assertNo(question);
        LimitOrder.Terms memory terms = _terms();
        terms.wantedToken = STRANGER;
        _assertNo(_withPaid(_fill(terms, 600, 600, 900, 0, 2), Output(ALICE, ETH, 900, 0)));
        _assertYes(_fill(terms, 600, 600, 900, 0, 2));
    }

    function _withPaid(Question memory question, Output memory paid) private pure returns (Question memory) {
        question.payment.outputs[0] = paid;
        return question;
    }

    /// Money that only some condition gives out is not paid.
    function test_check_paidUnderACondition() public view {
        Question memory question = _fill(600, 900);
        question.payment.outputs[0].condition = question.output.condition;
        _assertNo(question);
    }

    // ---------------------------------------------------------------- what is left

    function test_check_dust() public view {
        _assertYes(_fill(100, 150));
        _assertNo(_fill(99, 900));
        _assertYes(_fill(500, 750));
        _assertNo(_fill(501, 900)); // leaves 99
        LimitOrder.Terms memory terms = _terms();
        terms.minimum = 600;
        _assertNo(_fill(terms, 600, 599, 900, 0, 2));
        _assertYes(_fill(terms, 600, 600, 900, 0, 2));
    }

    /// An order is not moved to a younger position for nothing, nor topped up to be moved.
    function test_check_nothingTaken() public view {
        LimitOrder.Terms memory terms = _terms();
        terms.minimum = 0;
        Question memory question = _fill(terms, 600, 200, 900, 0, 2);
        question.payment.outputs[1].amount = 600;
        _assertNo(question);
        question.payment.outputs[1].amount = type(uint128).max;
        _assertNo(question);
        question.payment.outputs[1].amount = 599;
        _assertYes(question);
    }

    /// What is left under other terms, or for somebody else, is not left: all is paid for.
    function test_check_remainderOfAnother() public view {
        Output memory left = _fill(200, 300).payment.outputs[1];
        Output[4] memory wrong = [
            Output(STRANGER, left.token, left.amount, left.condition),
            Output(left.owner, ETH, left.amount, left.condition),
            Output(left.owner, left.token, left.amount, 0),
            Output(left.owner, left.token, left.amount, keccak256("other terms"))
        ];
        for (uint256 i = 0; i < wrong.length; ++i) {
            Question memory question = _fill(200, 300);
            question.payment.outputs[1] = wrong[i];
            _assertNo(question);
            question.payment.outputs[0].amount = 900;
            _assertYes(question);
        }
    }

    function test_check_wholeFillWithOneOutput() public view {
        Question memory question = _fill(600, 900);
        question.payment.outputs = new Output[](1);
        question.payment.outputs[0] = Output(ALICE, ETH, 900, 0);
        _assertYes(question);
        question.payment.outputs[0].amount = 899;
        _assertNo(question);
    }

    // ---------------------------------------------------------------- time

    function testFuzz_check_expiry(uint40 expiry, uint40 validBefore, uint40 validAfter) public view {
        LimitOrder.Terms memory terms = _terms();
        terms.expiry = expiry;
        Question memory question = _fill(terms, 600, 600, 900, 0, 2);
        (question.payment.validAfter, question.payment.validBefore) = (validAfter, validBefore);
        assertEq(_asks(question), validBefore != 0 && validBefore <= expiry);
    }

    function test_check_fillPastTheExpiry() public view {
        Question memory question = _fill(600, 900);
        question.payment.validBefore = EXPIRY + 1;
        _assertNo(question);
        question.payment.validBefore = 0;
        _assertNo(question);
    }

    // ---------------------------------------------------------------- inputs and outputs of others

    /// The order itself may be as young as it is; every other input is older than the limit.
    function testFuzz_check_youngInputs(uint256 inputs, uint256 index, uint256 other, uint104 position, uint104 limit) public view {
        inputs = 2 + (inputs % 7);
        index %= inputs < 4 ? inputs : 4;
        other = (index + 1 + (other % (inputs - 1))) % inputs;
        LimitOrder.Terms memory terms = _terms();
        terms.inputsBefore = Position.wrap(limit);
        Question memory question = _fill(terms, 600, 200, 300, index, inputs);
        for (uint256 i = 0; i < inputs; ++i) {
            if (i != index) question.payment.inputs[i].position = Position.wrap(0);
        }
        assertEq(_asks(question), limit != 0);
        question.payment.inputs[other].position = Position.wrap(position);
        assertEq(_asks(question), limit != 0 && position < limit);
    }

    function test_check_withoutOtherInputs() public view {
        LimitOrder.Terms memory terms = _terms();
        terms.inputsBefore = Position.wrap(0);
        _assertYes(_fill(terms, 600, 600, 900, 0, 1));
        _assertNo(_fill(terms, 600, 600, 900, 0, 2));
    }

    /// Input i is paid by output 2i and by no other, wherever the order stands.
    function test_check_everyInputIndex() public view {
        for (uint256 index = 0; index < 4; ++index) {
            Question memory question = _fill(_terms(), 600, 200, 300, index, 4);
            _assertYes(question);
            for (question.inputIndex = 0; question.inputIndex < 8; ++question.inputIndex) {
                if (question.inputIndex != index) _assertNo(question);
            }
        }
    }

    /// Two orders of one maker on the same terms, and only one payment: whoever shares it takes one for nothing.
    function test_check_twoOrdersShareNoOutput() public view {
        LimitOrder.Terms memory terms = _terms();
        terms.inputsBefore = Position.wrap(2_000);
        Question memory first = _fill(terms, 600, 600, 900, 0, 2);
        Question memory second = _fill(terms, 600, 600, 900, 1, 2);
        second.payment.outputs[0] = first.payment.outputs[0];
        first.payment = second.payment;
        _assertYes(first);
        _assertYes(second);
        second.payment.outputs[2] = Output(STRANGER, ETH, 900, 0);
        _assertYes(first);
        _assertNo(second);
    }

    /// One remainder cannot be the rest of two orders either: the second is paid in full.
    function test_check_twoOrdersShareNoRemainder() public view {
        LimitOrder.Terms memory terms = _terms();
        terms.inputsBefore = Position.wrap(2_000);
        Question memory first = _fill(terms, 600, 200, 300, 0, 2);
        Question memory second = _fill(terms, 600, 600, 300, 1, 2);
        (second.payment.outputs[0], second.payment.outputs[1]) = (first.payment.outputs[0], first.payment.outputs[1]);
        first.payment = second.payment;
        _assertYes(first);
        _assertNo(second);
        second.payment.outputs[2].amount = 900;
        _assertYes(second);
    }

    /// Orders that cross are filled by each other, and nobody signs.
    function test_check_crossingOrders() public view {
        LimitOrder.Terms memory terms = _terms();
        Question memory sells = _fill(terms, 600, 600, 900, 0, 2);
        terms.wantedToken = TOKEN;
        (terms.offered, terms.wanted) = (1_000, 600);
        Question memory buys = _fill(terms, 1_000, 1_000, 600, 1, 2);
        buys.output = _guarded(BOB, ETH, 1_000, buys.params);
        buys.payment.outputs[0] = sells.payment.outputs[0];
        buys.payment.outputs[2].owner = BOB;
        for (uint104 i = 0; i < 2; ++i) buys.payment.inputs[i].position = Position.wrap(i);
        sells.payment = buys.payment;
        (sells.signers, buys.signers) = (new address[](0), new address[](0));
        _assertYes(sells);
        _assertYes(buys);
        buys.payment.outputs[2].amount = 599;
        _assertYes(sells);
        _assertNo(buys);
    }

    // ---------------------------------------------------------------- the maker

    /// Her own signature spends the order on whatever she likes; nobody else's does.
    function testFuzz_check_cancel(uint256 inputs, uint40 validAfter, uint40 validBefore) public view {
        Question memory question = _fill(600, 1);
        question.payment = _payment((inputs % 8) + 1, 1);
        (question.payment.validAfter, question.payment.validBefore) = (validAfter, validBefore);
        _assertNo(question);
        question.signers = _signers(ALICE, STRANGER);
        _assertYes(question);
    }

    function testFuzz_check_malformedParams(bytes memory params) public view {
        Question memory question = _fill(600, 900);
        question.params = params;
        if (params.length < 192) _assertNo(question);
        question.params = abi.encode(uint256(1) << 160, 600, 900, 100, EXPIRY, INPUTS_BEFORE);
        _assertNo(question);
    }

    function test_check_gas() public view {
        LimitOrder.Terms memory terms = _terms();
        Question memory question = _fill(terms, 600, 200, 300, 3, 8);
        Output[] memory outputs = question.payment.outputs;
        for (uint256 i = 0; i < 6; ++i) outputs[i] = Output(STRANGER, TOKEN, 1, bytes32(uint256(1)));
        (question.payment.memo, question.payment.validAfter) = (bytes32(uint256(1)), 1);
        question.signers = _sixteenStrangers();
        _assertYes(question);
        _assertGas(question, 18_100);
    }
}
