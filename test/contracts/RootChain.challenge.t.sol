// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {BlockInclusion} from "../../contracts/libraries/BlockInclusion.sol";
import {SpendProof} from "../../contracts/libraries/SpendProof.sol";
import {TransactionCodec} from "../../contracts/libraries/TransactionCodec.sol";
import {BlockHeader} from "../../contracts/types/Block.sol";
import {depositPosition, positionOf} from "../../contracts/types/Position.sol";
import {ETH, FeeClaim, Output} from "../../contracts/types/Transaction.sol";
import {GasBurner, RejectingReceiver, ThirstyReceiver} from "./attackers/Receivers.sol";
import {Encoding, Payment, Spend} from "./support/Encoding.sol";
import {Coin, Entry, RootChainFixture} from "./support/RootChainFixture.sol";
import {vm} from "./support/Vm.sol";

contract RootChainChallengeTest is RootChainFixture {
    Coin private _coin;

    function setUp() public override {
        super.setUp();
        _coin = deposit(alice, 1 ether);
    }

    function _expectRefusal(bytes memory revertData, Spend memory spend) private {
        vm.expectRevert(revertData);
        challenge(spend, carol);
        assertEq(stateOf(_coin), 1);
    }

    /// I3, I9, R27: the whole bond goes to whom the challenger names, whoever sends the call.
    function test_challengeExit_paysTheBond() public {
        exitAs(alice, _coin, 3 * bond, atFront(), "");
        Entry memory entry = pay(_coin, bob);
        uint256 before = carol.balance;
        vm.expectEmit(address(rootChain));
        emit IRootChain.ExitChallenged(_coin.id, entry.txId, carol, uint96(3 * bond));
        vm.prank(stranger);
        challenge(loose(entry, 0), carol);
        assertEq(carol.balance, before + 3 * bond);
        assertEq(stateOf(_coin), 3);
        assertEq(rootChain.exitOf(_coin.id).bond, 0);
        assertEq(address(rootChain).balance, 1 ether);
    }

    /// I3: a challenged exit is dropped, never paid.
    function test_challengeExit_endsTheExit() public {
        exit(_coin);
        challenge(pay(_coin, bob), carol);
        mature();
        uint256 before = alice.balance;
        vm.expectEmit(address(rootChain));
        emit IRootChain.ExitDropped(_coin.id);
        assertEq(process(_coin), 1);
        assertEq(alice.balance, before);
        assertEq(stateOf(_coin), 0);
    }

    function test_challengeExit_untilItIsProcessed() public {
        exit(_coin);
        mature();
        challenge(pay(_coin, bob), carol);
        assertEq(stateOf(_coin), 3);
    }

    function test_challengeExit_twiceOrOfNothingOrOfWhatWasPaid() public {
        Entry memory entry = pay(_coin, bob);
        bytes memory notLive = abi.encodeWithSelector(IRootChain.ExitNotLive.selector, _coin.id);
        vm.expectRevert(notLive);
        challenge(entry, carol);
        exit(_coin);
        challenge(entry, carol);
        vm.expectRevert(notLive);
        challenge(entry, carol);
        mature();
        process(_coin);
        exit(_coin);
        mature();
        process(_coin);
        assertEq(stateOf(_coin), 4);
        vm.expectRevert(notLive);
        challenge(entry, carol);
    }

    function test_challengeExit_forNobody() public {
        exit(_coin);
        Entry memory entry = pay(_coin, bob);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.ZeroAddress.selector));
        challenge(entry, address(0));
    }

    function test_challengeExit_byASpendInABlock() public {
        Entry memory entry = pay(_coin, bob);
        Coin memory spent = included(entry, 0);
        exit(_coin);
        challenge(withInclusion(loose(entry, 0), spent.inclusion), carol);
        assertEq(stateOf(_coin), 3);
    }

    /// R7: every input counts, each by its own index.
    function test_challengeExit_byASpendOfSeveralInputs() public {
        Coin memory other = deposit(bob, 2 ether);
        Coin[] memory coins = two(other, _coin);
        Entry memory entry = sign(draft(coins, to(carol, ETH, 3 ether)), coins);
        exit(_coin);
        _expectRefusal(abi.encodeWithSelector(IRootChain.ExitNotLive.selector, other.id), loose(entry, 0));
        challenge(loose(entry, 1), carol);
        assertEq(stateOf(_coin), 3);
    }

    function test_challengeExit_byAnotherInputIndex() public {
        exit(_coin);
        _expectRefusal(
            abi.encodeWithSelector(SpendProof.InputIndexOutOfRange.selector, 1),
            loose(pay(_coin, bob), 1)
        );
    }

    /// R7: what does not spend this output does not count.
    function test_challengeExit_byASpendOfAnotherOutput() public {
        Coin memory other = deposit(alice, 1 ether);
        exit(_coin);
        _expectRefusal(
            abi.encodeWithSelector(IRootChain.ExitNotLive.selector, other.id),
            loose(pay(other, bob), 0)
        );
    }

    /// R7: complete means that every owner has signed, and nobody else.
    function test_challengeExit_byAHalfSignedSwap() public {
        Coin memory other = deposit(bob, 2 ether);
        Coin[] memory coins = two(_coin, other);
        Payment memory payment = draft(coins, to(carol, ETH, 3 ether));
        exit(_coin);
        address[] memory signers = new address[](1);
        signers[0] = alice;
        bytes memory mismatch = abi.encodeWithSelector(SpendProof.SignersMismatch.selector);
        _expectRefusal(mismatch, loose(signAs(payment, coins, signers), 0));
        signers = new address[](3);
        (signers[0], signers[1], signers[2]) = (alice, bob, stranger);
        _expectRefusal(mismatch, loose(signAs(payment, coins, ascending(signers)), 0));
        signers = new address[](0);
        _expectRefusal(mismatch, loose(signAs(payment, coins, signers), 0));
    }

    function test_challengeExit_byAStrangersSignature() public {
        exit(_coin);
        address[] memory signers = new address[](1);
        signers[0] = stranger;
        Entry memory entry = signAs(draft(_coin, to(stranger, ETH, 1 ether)), one(_coin), signers);
        _expectRefusal(abi.encodeWithSelector(SpendProof.SignersMismatch.selector), loose(entry, 0));
    }

    /// R6: once each, ascending.
    function test_challengeExit_byDisorderlySignatures() public {
        Coin memory other = deposit(bob, 2 ether);
        Coin[] memory coins = two(_coin, other);
        Payment memory payment = draft(coins, to(carol, ETH, 3 ether));
        exit(_coin);
        bytes memory malformed = abi.encodeWithSelector(TransactionCodec.WitnessMalformed.selector);
        address[] memory signers = new address[](2);
        (signers[0], signers[1]) = alice < bob ? (bob, alice) : (alice, bob);
        _expectRefusal(malformed, loose(signAs(payment, coins, signers), 0));
        (signers[0], signers[1]) = (alice, alice);
        _expectRefusal(malformed, loose(signAs(payment, coins, signers), 0));
    }

    /// ecrecover's zero address equal to a deleted owner: an output of nobody cannot be spent by nobody's signature.
    function test_challengeExit_byTheSignatureOfNobody() public {
        Coin memory nobodys;
        nobodys.preimage.output = plain(address(0), ETH, 5 ether);
        nobodys.preimage.originId = keccak256("nothing");
        nobodys.id = Encoding.outputId(nobodys.preimage);
        exit(_coin);
        Coin[] memory coins = two(_coin, nobodys);
        address[] memory signers = new address[](1);
        signers[0] = alice;
        Entry memory entry = signAs(draft(coins, to(bob, ETH, 6 ether)), coins, signers);
        bytes memory signature = Encoding.signature(entry.txId, keyOf(alice));
        _expectRefusal(abi.encodeWithSelector(SpendProof.SignersMismatch.selector), loose(entry, 0));
        entry.witness = abi.encodePacked(uint8(2), bytes32(0), bytes32(0), signature, uint8(0));
        _expectRefusal(abi.encodeWithSelector(TransactionCodec.WitnessMalformed.selector), loose(entry, 0));
    }

    function test_challengeExit_byAnOverspend() public {
        exit(_coin);
        bytes memory overspend = abi.encodeWithSelector(SpendProof.Overspend.selector, ETH);
        Output[] memory outputs = to(bob, ETH, 1 ether + 1);
        _expectRefusal(overspend, loose(sign(draft(_coin, outputs), one(_coin)), 0));
        outputs = new Output[](2);
        (outputs[0], outputs[1]) = (plain(bob, ETH, 1 ether), plain(bob, ETH, type(uint128).max));
        _expectRefusal(overspend, loose(sign(draft(_coin, outputs), one(_coin)), 0));
        outputs = to(bob, address(token), 1);
        overspend = abi.encodeWithSelector(SpendProof.Overspend.selector, address(token));
        _expectRefusal(overspend, loose(sign(draft(_coin, outputs), one(_coin)), 0));
    }

    function test_challengeExit_byASpendOfSeveralTokens() public {
        Coin memory tokens = depositToken(alice, 70);
        Coin[] memory coins = two(tokens, _coin);
        Output[] memory outputs = new Output[](3);
        outputs[0] = plain(bob, ETH, 0.4 ether);
        outputs[1] = plain(bob, address(token), 70);
        outputs[2] = plain(carol, ETH, 0.6 ether);
        exit(_coin);
        challenge(loose(sign(draft(coins, outputs), coins), 1), carol);
        assertEq(stateOf(_coin), 3);
    }

    /// R1: the preimage shown is the one that the input's id commits to.
    function test_challengeExit_withAnotherPreimage() public {
        exit(_coin);
        Spend memory spend = loose(pay(_coin, bob), 0);
        bytes memory mismatch = abi.encodeWithSelector(SpendProof.PreimageMismatch.selector, 0);
        spend.preimages[0].output.amount += 1;
        _expectRefusal(mismatch, spend);
        spend = loose(pay(_coin, bob), 0);
        spend.preimages[0].outputIndex = 1;
        _expectRefusal(mismatch, spend);
        Coin memory other = deposit(bob, 2 ether);
        Coin[] memory coins = two(_coin, other);
        Entry memory both = sign(draft(coins, to(carol, ETH, 3 ether)), coins);
        both.spent = pay(_coin, bob).spent;
        _expectRefusal(abi.encodeWithSelector(SpendProof.PreimageMismatch.selector, 1), loose(both, 0));
        // One preimage more than inputs would balance an overspend; it is read as the spend's source.
        Entry memory overspend = sign(draft(_coin, to(alice, ETH, 3 ether)), one(_coin));
        overspend.spent = sign(draft(two(_coin, _coin), to(alice, ETH, 3 ether)), two(_coin, _coin)).spent;
        _expectRefusal(abi.encodeWithSelector(SpendProof.Overspend.selector, ETH), loose(overspend, 0));
    }

    /// A conditional input is none that nothing is revealed for.
    function test_challengeExit_byASpendOfAConditionalOutput() public {
        Coin memory conditional;
        conditional.preimage.output = Output(alice, ETH, 1 ether, keccak256("condition"));
        conditional.id = Encoding.outputId(conditional.preimage);
        exit(_coin);
        Coin[] memory coins = two(_coin, conditional);
        Entry memory entry = sign(draft(coins, to(bob, ETH, 1 ether)), coins);
        _expectRefusal(abi.encodeWithSelector(SpendProof.SignersMismatch.selector), loose(entry, 0));
    }

    /// R8: without inclusion a spend counts within its window, [validAfter, validBefore).
    function test_challengeExit_outsideTheWindow() public {
        Payment memory payment = draft(_coin, to(bob, ETH, 1 ether));
        (payment.validAfter, payment.validBefore) = (START + 10, START + 20);
        Entry memory entry = sign(payment, one(_coin));
        exit(_coin);
        bytes memory notLive = abi.encodeWithSelector(SpendProof.SpendNotLive.selector, START + 10, START + 20);
        vm.warp(START + 9);
        _expectRefusal(notLive, loose(entry, 0));
        vm.warp(START + 20);
        _expectRefusal(notLive, loose(entry, 0));
        vm.warp(START + 19);
        challenge(loose(entry, 0), carol);
        assertEq(stateOf(_coin), 3);
    }

    /// R8: an expired spend counts with inclusion, and only where it was in time.
    function test_challengeExit_byAnExpiredSpendInABlock() public {
        Payment memory payment = draft(_coin, to(bob, ETH, 1 ether));
        payment.validBefore = START + 20;
        Entry memory entry = sign(payment, one(_coin));
        Coin memory inTime = included(entry, 0);
        vm.warp(START + 20);
        Coin memory late = included(entry, 0);
        exit(_coin);
        _expectRefusal(
            abi.encodeWithSelector(BlockInclusion.OutsideWindow.selector, START + 20, 0, START + 20),
            withInclusion(loose(entry, 0), late.inclusion)
        );
        challenge(withInclusion(loose(entry, 0), inTime.inclusion), carol);
        assertEq(stateOf(_coin), 3);
    }

    /// R9: the witness shown is the included one.
    function test_challengeExit_byAnInclusionOfAnotherWitness() public {
        Entry memory entry = pay(_coin, bob);
        Entry memory withheld = pay(_coin, bob);
        withheld.witness = hex"0000";
        Coin memory spent = included(withheld, 0);
        exit(_coin);
        _expectRefusal(
            abi.encodeWithSelector(BlockInclusion.NotIncluded.selector, 1, 0),
            withInclusion(loose(entry, 0), spent.inclusion)
        );
    }

    /// R9: an operator who spends an output before it exists proves nothing.
    function test_challengeExit_byAnInclusionBeforeTheOutput() public {
        Coin memory late = nextDeposit(alice, ETH, 2 ether);
        late.position = depositPosition(1, 1);
        late.preimage.originId = Encoding.depositOrigin(1, 1);
        late.id = Encoding.outputId(late.preimage);
        Entry memory entry = pay(late, bob);
        Coin memory spent = included(entry, 0);
        deposit(alice, 2 ether);
        exit(_coin);
        late.previousDepositHash = rootChain.depositHashes(0);
        exit(late);
        vm.expectRevert(
            abi.encodeWithSelector(BlockInclusion.InputNotOlder.selector, late.position, positionOf(1, 0, 0))
        );
        challenge(withInclusion(loose(entry, 0), spent.inclusion), carol);
    }

    // ---------------------------------------------------------------- R7: the position that the spend signs

    /// A double spend of which both sides pass as canonical: the exit proves one inclusion, the spend signs another.
    function test_challengeExit_bySpendOfTheOtherInclusion() public {
        Entry memory payment = pay(_coin, bob);
        Coin memory first = included(payment, 0);
        Coin memory second = included(payment, 0);
        Entry memory spend = pay(second, carol);
        exit(first);
        bytes memory mismatch = abi.encodeWithSelector(IRootChain.SourceMismatch.selector, second.position);
        vm.expectRevert(mismatch);
        challenge(loose(spend, 0), carol);
        vm.expectRevert(mismatch);
        challenge(withSource(loose(spend, 0), first), carol);
        challenge(withSource(loose(spend, 0), second), carol);
        assertEq(stateOf(first), 3);
    }

    function test_challengeExit_bySpendOfTheOtherInclusionOfALaterOutput() public {
        Entry memory payment = split(_coin, bob, 0.3 ether);
        Coin memory first = included(payment, 1);
        Coin memory second = included(payment, 1);
        exit(first);
        challenge(withSource(loose(pay(second, carol), 0), second), carol);
        assertEq(stateOf(first), 3);
    }

    function test_challengeExit_bySpendOfTheOtherInclusionOfAFeeClaim() public {
        Entry[] memory entries = new Entry[](2);
        entries[0] = claim(FeeClaim(1, ETH, alice, 1 ether));
        entries[1] = entries[0];
        BlockHeader memory header = commit(entries);
        Coin memory first = coinOf(entries, 0, 0, header);
        Coin memory second = coinOf(entries, 1, 0, header);
        exit(first);
        challenge(withSource(loose(pay(second, bob), 0), second), carol);
        assertEq(stateOf(first), 3);
    }

    /// R1: a signature for a position at which something else stands means nothing.
    function test_challengeExit_bySpendOfAPositionThatHoldsSomethingElse() public {
        Coin memory first = included(pay(_coin, bob), 0);
        Coin memory something = included(pay(deposit(bob, 5 ether), bob), 0);
        Coin memory misplaced = first;
        exit(first);
        misplaced.position = something.position;
        Entry memory spend = pay(misplaced, carol);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.SourceMismatch.selector, something.position));
        challenge(withSource(loose(spend, 0), something), carol);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.SourceMismatch.selector, something.position));
        challenge(loose(spend, 0), carol);
    }

    // ---------------------------------------------------------------- who is paid

    /// R22: a beneficiary that refuses gets a credit, and the challenge holds.
    function test_challengeExit_forABeneficiaryThatRefuses() public {
        address[2] memory beneficiaries = [address(new RejectingReceiver()), address(new GasBurner())];
        for (uint256 i = 0; i < beneficiaries.length; ++i) {
            Coin memory coin = deposit(alice, 1 ether);
            exit(coin);
            challenge(pay(coin, bob), beneficiaries[i]);
            assertEq(stateOf(coin), 3);
            assertEq(rootChain.credit(beneficiaries[i], ETH), bond);
        }
    }

    /// R22: no gas limit turns a good beneficiary's bond into a credit: the call fails, or pays.
    function test_challengeExit_withEveryGasLimit() public {
        ThirstyReceiver beneficiary = new ThirstyReceiver();
        exit(_coin);
        bytes memory call = abi.encodeCall(
            IRootChain.challengeExit,
            (Encoding.spend(loose(pay(_coin, bob), 0)), address(beneficiary))
        );
        uint256 refused = 0;
        for (uint256 gasLimit = 20_000; gasLimit < 400_000; gasLimit += 2_500) {
            uint256 id = vm.snapshotState();
            (bool success, ) = address(rootChain).call{gas: gasLimit}(call);
            assertEq(rootChain.credit(address(beneficiary), ETH), 0);
            assertEq(beneficiary.received(), success ? bond : 0);
            if (!success) ++refused;
            vm.revertToState(id);
        }
        assertTrue(refused > 20 && refused < 140, "some limits fail and some suffice");
    }

    function test_challengeExit_withTooLittleGasToPay() public {
        exit(_coin);
        Spend memory spend = loose(pay(_coin, bob), 0);
        vm.expectRevert(abi.encodeWithSelector(IRootChain.InsufficientGas.selector));
        rootChain.challengeExit{gas: 150_000}(Encoding.spend(spend), carol);
    }
}
