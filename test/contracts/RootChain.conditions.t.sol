// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IConditions} from "../../contracts/interfaces/IConditions.sol";
import {IInFlightExits} from "../../contracts/interfaces/IInFlightExits.sol";
import {IRootChain} from "../../contracts/interfaces/IRootChain.sol";
import {BlockInclusion} from "../../contracts/libraries/BlockInclusion.sol";
import {SpendProof} from "../../contracts/libraries/SpendProof.sol";
import {TransactionCodec} from "../../contracts/libraries/TransactionCodec.sol";
import {CONTESTED, SHOWN} from "../../contracts/types/InFlightExit.sol";
import {ETH, Output} from "../../contracts/types/Transaction.sol";
import {Password} from "./harness/Password.sol";
import {Encoding, Inclusion, Payment, Spend} from "./support/Encoding.sol";
import {Flight, InFlightFixture, Move} from "./support/InFlightFixture.sol";
import {Coin, Entry} from "./support/RootChainFixture.sol";

/// @dev Outputs that whoever knows a word may spend, and that go back to alice.
contract RootChainConditionsTest is InFlightFixture {
    bytes private constant WORD = "open sesame";

    IConditions private _conditions;
    address private _password;
    /// A plain coin of alice's, and one that the word opens.
    Coin private _coin;
    Coin private _guarded;

    function setUp() public override {
        super.setUp();
        _conditions = rootChain.conditions();
        _password = _conditions.register(type(Password).runtimeCode);
        _coin = deposit(alice, 1 ether);
        _guarded = _guard(deposit(alice, 1 ether), alice);
    }

    // ---------------------------------------------------------------- what people do

    function _params() private pure returns (bytes memory) {
        return abi.encode(keccak256(WORD));
    }

    function _conditional(address owner, uint128 amount) private view returns (Output[] memory outputs) {
        outputs = to(owner, ETH, amount);
        outputs[0].condition = keccak256(abi.encode(_password, _params()));
    }

    /// @dev The whole of a coin behind the word, in a block of its own.
    function _guard(Coin memory coin, address owner) private returns (Coin memory) {
        return included(sign(draft(coin, _conditional(owner, coin.preimage.output.amount)), one(coin)), 0);
    }

    function _reveal(uint8 inputIndex, address condition, bytes memory params, bytes memory args) private pure returns (bytes memory) {
        return
            bytes.concat(
                abi.encodePacked(inputIndex, condition),
                abi.encodePacked(uint16(params.length), params, uint16(args.length), args)
            );
    }

    /// @dev The witness with `count` reveals in place of none.
    function _revealing(Entry memory entry, uint8 count, bytes memory reveals) private pure returns (Entry memory) {
        bytes memory witness = entry.witness;
        assembly ("memory-safe") {
            mstore(witness, sub(mload(witness), 1))
        }
        entry.witness = abi.encodePacked(witness, count, reveals);
        return entry;
    }

    function _nobody() private pure returns (address[] memory) {
        return new address[](0);
    }

    /// @dev Spends the only coin with the word; nobody signs.
    function _open(Coin memory coin, address receiver) private view returns (Entry memory) {
        return _openWith(coin, to(receiver, ETH, coin.preimage.output.amount), WORD);
    }

    function _openWith(Coin memory coin, Output[] memory outputs, bytes memory word) private view returns (Entry memory) {
        Entry memory entry = signAs(draft(coin, outputs), one(coin), _nobody());
        return _revealing(entry, 1, _reveal(0, _password, _params(), word));
    }

    /// @dev Spends a plain coin of alice's and then one behind the word.
    function _openBoth(Coin memory plain_, Coin memory guarded, address receiver) private view returns (Entry memory, Coin[] memory) {
        Coin[] memory coins = two(plain_, guarded);
        Payment memory payment = draft(coins, to(receiver, ETH, 2 ether));
        address[] memory signers = new address[](1);
        signers[0] = alice;
        return (_revealing(signAs(payment, coins, signers), 1, _reveal(1, _password, _params(), WORD)), coins);
    }

    function _refused(uint256 inputIndex) private pure returns (bytes memory) {
        return abi.encodeWithSelector(IConditions.ConditionRefused.selector, inputIndex);
    }

    // ---------------------------------------------------------------- who may spend

    function test_startInFlightExit_withTheWord() public {
        Flight memory flight = flightOf(_open(_guarded, bob), one(_guarded), bob);
        make(starting(flight, outputPiece(0)));
        ripen(flight);
        uint256 before = bob.balance;
        land(flight, ETH);
        assertEq(bob.balance, before + 1 ether + 2 * bond);
        assertEq(rootChain.flagOf(_guarded.id), spentBy(flight.entry));
    }

    function test_startInFlightExit_withWhatTheConditionRefuses() public {
        Entry memory entry = _openWith(_guarded, to(bob, ETH, 1 ether), "open says me");
        refuse(starting(flightOf(entry, one(_guarded), bob), 0), _refused(0));
    }

    /// What is revealed is what the output commits to, of code that is registered.
    function test_startInFlightExit_withAnotherCondition() public {
        bytes memory mismatch = abi.encodeWithSelector(IConditions.ConditionMismatch.selector, 0);
        Entry memory bare = signAs(draft(_guarded, to(bob, ETH, 1 ether)), one(_guarded), _nobody());
        bytes memory params = abi.encode(keccak256("mine"));
        Entry memory entry = _revealing(bare, 1, _reveal(0, _password, params, "mine"));
        refuse(starting(flightOf(entry, one(_guarded), bob), 0), mismatch);

        Output[] memory outputs = to(alice, ETH, 1 ether);
        outputs[0].condition = keccak256(abi.encode(stranger, _params()));
        Coin memory coin = included(sign(draft(_coin, outputs), one(_coin)), 0);
        bare = signAs(draft(coin, to(bob, ETH, 1 ether)), one(coin), _nobody());
        entry = _revealing(bare, 1, _reveal(0, stranger, _params(), WORD));
        refuse(
            starting(flightOf(entry, one(coin), bob), 0),
            abi.encodeWithSelector(IConditions.ConditionNotRegistered.selector, stranger)
        );
    }

    /// Exactly the conditional inputs are revealed, in their order, and nothing follows.
    function test_startInFlightExit_withOtherReveals() public {
        bytes memory malformed = abi.encodeWithSelector(TransactionCodec.WitnessMalformed.selector);
        bytes memory mismatch = abi.encodeWithSelector(SpendProof.SignersMismatch.selector);
        bytes memory reveal = _reveal(0, _password, _params(), WORD);
        Entry memory bare = signAs(draft(_guarded, to(bob, ETH, 1 ether)), one(_guarded), _nobody());
        refuse(starting(flightOf(bare, one(_guarded), bob), 0), mismatch);
        Entry memory entry = signAs(draft(_guarded, to(bob, ETH, 1 ether)), one(_guarded), _nobody());
        _revealing(entry, 2, bytes.concat(reveal, reveal));
        refuse(starting(flightOf(entry, one(_guarded), bob), 0), malformed);
        entry = signAs(draft(_guarded, to(bob, ETH, 1 ether)), one(_guarded), _nobody());
        _revealing(entry, 1, _reveal(1, _password, _params(), WORD));
        refuse(starting(flightOf(entry, one(_guarded), bob), 0), malformed);
        entry = _revealing(pay(_coin, bob), 1, reveal);
        refuse(starting(flightOf(entry, one(_coin), bob), 0), mismatch);
        entry = _open(_guarded, bob);
        entry.witness = bytes.concat(entry.witness, hex"00");
        refuse(
            starting(flightOf(entry, one(_guarded), bob), 0),
            abi.encodeWithSelector(SpendProof.ProofMalformed.selector)
        );
    }

    /// R6: beside the owners of plain inputs anybody may sign, for a condition to know; no owner may be missing.
    function test_startInFlightExit_signedByOthersToo() public {
        (Entry memory entry, Coin[] memory coins) = _openBoth(_coin, _guarded, bob);
        make(starting(flightOf(entry, coins, carol), 0));
        Coin memory other = _guard(deposit(alice, 1 ether), alice);
        address[] memory strangers = new address[](1);
        strangers[0] = stranger;
        Payment memory payment = draft(other, to(bob, ETH, 1 ether));
        entry = _revealing(signAs(payment, one(other), strangers), 1, _reveal(0, _password, _params(), WORD));
        make(starting(flightOf(entry, one(other), carol), 0));
        coins = two(deposit(alice, 1 ether), other);
        entry = _revealing(
            signAs(draft(coins, to(bob, ETH, 2 ether)), coins, strangers),
            1,
            _reveal(1, _password, _params(), WORD)
        );
        refuse(
            starting(flightOf(entry, coins, carol), 0),
            abi.encodeWithSelector(SpendProof.SignersMismatch.selector)
        );
    }

    // ---------------------------------------------------------------- what counts as a spend

    /// R16: a stranger who invents a spend of a conditional output locks nobody's exit with it.
    function test_challengeNonCanonical_byAConditionalSpendInNoBlock() public {
        Flight memory flight = flightOf(_open(_guarded, bob), one(_guarded), bob);
        make(starting(flight, outputPiece(0)));
        piggyback(flight, alice, inputPiece(0));
        Spend memory rival = loose(_open(_guarded, stranger), 0);
        refuse(
            contesting(flight, 0, rival, stranger),
            abi.encodeWithSelector(SpendProof.SpendNotIncluded.selector)
        );
        refuse(
            challenging(flight, 0, rival, stranger),
            abi.encodeWithSelector(SpendProof.SpendNotIncluded.selector)
        );
    }

    /// R16: in a block it counts, with every input shown where it signs it.
    function test_challengeNonCanonical_byAConditionalSpendInABlock() public {
        Entry memory rival = _open(_guarded, carol);
        Coin memory paid = included(rival, 0);
        Flight memory flight = flightOf(_open(_guarded, bob), one(_guarded), bob);
        make(starting(flight, outputPiece(0)));
        Spend memory spend = withInclusion(loose(rival, 0), paid.inclusion);
        refuse(
            contesting(flight, 0, spend, carol),
            abi.encodeWithSelector(TransactionCodec.TransactionMalformed.selector)
        );
        make(contesting(flight, 0, withSource(spend, _guarded), carol));
        assertAhead(flight, placeOf(paid.inclusion), carol);
    }

    function test_challengeNonCanonical_byASpendWithAnotherInputUnshown() public {
        Coin memory plain_ = included(pay(_coin, alice), 0);
        (Entry memory rival, ) = _openBoth(plain_, _guarded, carol);
        Coin memory paid = included(rival, 0);
        Flight memory flight = flightOf(_open(_guarded, bob), one(_guarded), bob);
        make(starting(flight, outputPiece(0)));
        Spend memory spend = withInclusion(loose(rival, 1), paid.inclusion);
        bytes memory both = bytes.concat(Encoding.spend(spend), proofsOf(two(plain_, _guarded)));
        bytes memory only = bytes.concat(Encoding.spend(spend), proofsOf(one(_guarded)));
        Move memory move = contesting(flight, 0, spend, carol);
        move.data = abi.encodeCall(
            IInFlightExits.challengeNonCanonical,
            (flight.entry.body, shown(flight.terms), 0, only, carol)
        );
        refuse(move, abi.encodeWithSelector(IRootChain.SourceMismatch.selector, plain_.position));
        move.data = abi.encodeCall(
            IInFlightExits.challengeNonCanonical,
            (flight.entry.body, shown(flight.terms), 0, both, carol)
        );
        make(move);
        assertAhead(flight, placeOf(paid.inclusion), carol);
    }

    /// A plain output is spent by what is in no block, whatever else that spends.
    function test_challengeExit_byASpendWithAConditionalInput() public {
        (Entry memory entry, ) = _openBoth(_coin, _guarded, bob);
        exit(_coin);
        uint256 before = carol.balance;
        challenge(loose(entry, 0), carol);
        assertEq(carol.balance, before + bond);
        exit(deposit(alice, 1 ether));
    }

    /// … unless the condition refuses it.
    function test_challengeExit_byWhatAConditionRefuses() public {
        Coin[] memory coins = two(_coin, _guarded);
        address[] memory signers = new address[](1);
        signers[0] = alice;
        Entry memory entry = signAs(draft(coins, to(bob, ETH, 2 ether)), coins, signers);
        _revealing(entry, 1, _reveal(1, _password, _params(), "abracadabra"));
        exit(_coin);
        bytes memory spend = Encoding.spend(loose(entry, 0));
        refuse(Move(carol, 0, abi.encodeCall(IRootChain.challengeExit, (spend, carol))), _refused(1));
    }

    // ---------------------------------------------------------------- when a condition was registered (R9)

    /// @dev Code that says yes, and another one that does: a jump destination behind it makes it another.
    function _young() private returns (address condition, Coin memory coin) {
        bytes memory code = bytes.concat(hex"60015f5260205ff3", hex"5b");
        condition = _conditions.addressOf(code);
        Output[] memory outputs = to(alice, ETH, 1 ether);
        outputs[0].condition = keccak256(abi.encode(condition, bytes("")));
        coin = included(sign(draft(_coin, outputs), one(_coin)), 0);
    }

    function _openYoung(address condition, Coin memory coin, address receiver) private view returns (Entry memory) {
        Entry memory entry = signAs(draft(coin, to(receiver, ETH, 1 ether)), one(coin), _nobody());
        return _revealing(entry, 1, _reveal(0, condition, "", ""));
    }

    /// A block that uses a condition before it is registered is invalid, and what it holds is no spend.
    function test_challengeNonCanonical_byASpendOlderThanItsCondition() public {
        (address condition, Coin memory coin) = _young();
        Entry memory early = _openYoung(condition, coin, carol);
        Coin memory paid = included(early, 0);
        _conditions.register(bytes.concat(hex"60015f5260205ff3", hex"5b"));
        Flight memory flight = flightOf(_openYoung(condition, coin, bob), one(coin), bob);
        flight.terms.registered = newest.number;
        make(starting(flight, outputPiece(0)));
        Spend memory spend = withSource(withInclusion(loose(early, 0), paid.inclusion), coin);
        refuse(
            contesting(flight, 0, spend, carol),
            abi.encodeWithSelector(BlockInclusion.ConditionNotRegistered.selector, newest.number, newest.number)
        );
    }

    function test_respondNonCanonical_inABlockOlderThanTheCondition() public {
        (address condition, Coin memory coin) = _young();
        Entry memory entry = _openYoung(condition, coin, bob);
        Coin memory early = included(entry, 0);
        _conditions.register(bytes.concat(hex"60015f5260205ff3", hex"5b"));
        uint64 registered = newest.number;
        Flight memory flight = flightOf(entry, one(coin), bob);
        flight.terms.registered = registered;
        make(starting(flight, outputPiece(0)));
        Entry memory rival = _openYoung(condition, coin, carol);
        Entry[] memory entries = new Entry[](2);
        (entries[0], entries[1]) = (entry, rival);
        commit(entries);
        Spend memory spend = withInclusion(loose(rival, 0), inclusionOf(entries, 1, newest));
        make(contesting(flight, 0, withSource(spend, coin), carol));
        refuse(
            responding(flight, early.inclusion, bob),
            abi.encodeWithSelector(BlockInclusion.ConditionNotRegistered.selector, registered, registered)
        );
        make(responding(flight, inclusionOf(entries, 0, newest), bob));
        assertAhead(flight, placeOf(inclusionOf(entries, 0, newest)), bob);
    }

    // ---------------------------------------------------------------- refunds and created outputs (R17, R18)

    /// Where the spend loses, the money goes back to the owner that the output names, and to nobody else.
    function test_piggyback_ofAConditionalInput() public {
        Entry memory rival = _open(_guarded, carol);
        Coin memory paid = included(rival, 0);
        Flight memory flight = flightOf(_open(_guarded, bob), one(_guarded), bob);
        make(starting(flight, 0));
        refuse(
            piggybacking(flight, bob, inputPiece(0)),
            abi.encodeWithSelector(IInFlightExits.NotPieceOwner.selector, 0, bob)
        );
        piggyback(flight, alice, inputPiece(0));
        make(contesting(flight, 0, withSource(withInclusion(loose(rival, 0), paid.inclusion), _guarded), carol));
        // The rival shows that the input is spent as well, so alice is not paid either.
        make(challenging(flight, 0, withSource(withInclusion(loose(rival, 0), paid.inclusion), _guarded), carol));
        assertOpen(flight, CONTESTED | SHOWN);
    }

    /// R18: once T0 stands in a block, its conditional output leaves with what spends it.
    function test_challengePiggyback_ofAConditionalOutputThatStandsInABlock() public {
        Entry memory creating = sign(draft(_coin, _conditional(alice, 1 ether)), one(_coin));
        Flight memory flight = flightOf(creating, one(_coin), alice);
        make(starting(flight, outputPiece(0)));
        Coin memory created = included(creating, 0);
        Entry memory spending = _open(created, bob);
        Coin memory paid = included(spending, 0);
        // Not even a spend in a block is asked for, nor would it do.
        Spend memory spend = withSource(withInclusion(loose(spending, 0), paid.inclusion), created);
        bytes4 malformed = SpendProof.ProofMalformed.selector;
        refuse(challenging(flight, 8, spend, carol), abi.encodeWithSelector(malformed));
        Move memory removal = Move(
            stranger,
            0,
            abi.encodeCall(
                IInFlightExits.challengePiggyback,
                (creating.body, shown(flight.terms), 8, Encoding.inclusion(paid.inclusion), carol)
            )
        );
        refuse(removal, abi.encodeWithSelector(BlockInclusion.NotIncluded.selector, newest.number, 0));
        removal.data = abi.encodeCall(
            IInFlightExits.challengePiggyback,
            (creating.body, shown(flight.terms), 8, Encoding.inclusion(created.inclusion), carol)
        );
        uint256 before = carol.balance;
        make(removal);
        assertEq(carol.balance, before + bond);
        assertOpen(flight, 0);
    }
}
