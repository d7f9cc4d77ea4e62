// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Conditions} from "../../contracts/conditions/Conditions.sol";
import {IConditions} from "../../contracts/interfaces/IConditions.sol";
import {SpendProof} from "../../contracts/libraries/SpendProof.sol";
import {TransactionCodec} from "../../contracts/libraries/TransactionCodec.sol";
import {Output} from "../../contracts/types/Transaction.sol";
import {ConditionsHost} from "./harness/ConditionsHost.sol";
import {ExpectedCall} from "./harness/ExpectedCall.sol";
import {Assertions} from "./support/Assertions.sol";
import {Encoding, OutputPreimage} from "./support/Encoding.sol";
import {vm} from "./support/Vm.sol";

/// @dev What a constructor can do that a registry must not rely on: its account is destroyed at the end of the transaction, and until then it has
/// the code that it returns. In another transaction the same creation code may return other code to the same address.
contract Doomed {
    constructor(bytes memory code) {
        bytes memory creation = hex"615fff5f526002601ef3"; // makes an account with the code PUSH0 SELFDESTRUCT
        assembly ("memory-safe") {
            let destroyer := create(0, add(creation, 0x20), mload(creation))
            pop(delegatecall(gas(), destroyer, 0, 0, 0, 0))
            return(add(code, 0x20), mload(code))
        }
    }
}

contract ConditionsTest is Assertions {
    struct Reveal {
        uint8 inputIndex;
        address condition;
        bytes params;
        bytes args;
    }

    /// @dev Everything that requireAllowed is shown, before it is encoded.
    struct Shown {
        bytes body;
        OutputPreimage[] spent;
        Reveal[] reveals;
        address[] signers;
    }

    /// PUSH1 1 PUSH0 MSTORE PUSH1 32 PUSH0 RETURN
    bytes private constant YES = hex"60015f5260205ff3";
    /// As YES, behind as many rounds of 26 gas as the three bytes between the two parts say.
    bytes private constant SLOW_HEAD = hex"62";
    bytes private constant SLOW_YES = hex"5b60019003806100045750" hex"60015f5260205ff3";

    ConditionsHost private _host = new ConditionsHost();
    Conditions private _conditions = _host.conditions();

    // ---------------------------------------------------------------- what is shown

    function _slow(uint24 rounds) private pure returns (bytes memory) {
        return abi.encodePacked(SLOW_HEAD, rounds, SLOW_YES);
    }

    /// @dev A transaction that spends `count` plain outputs.
    function _plain(uint256 count) private pure returns (Shown memory shown) {
        shown.body = abi.encodePacked(uint8(1), uint8(count), uint8(1), uint8(0), new bytes(45 * count + 37));
        shown.spent = new OutputPreimage[](count);
        for (uint256 i = 0; i < count; ++i) {
            shown.spent[i] = OutputPreimage(bytes32(i), uint8(i), Output(address(uint160(i + 1)), address(0), 1, 0));
        }
    }

    /// @dev Makes an input conditional, and reveals it behind those that were made so before.
    function _guard(Shown memory shown, uint8 input, address condition, bytes memory params, bytes memory args) private pure {
        shown.spent[input].output.condition = keccak256(abi.encode(condition, params));
        Reveal[] memory reveals = new Reveal[](shown.reveals.length + 1);
        for (uint256 i = 0; i < shown.reveals.length; ++i) reveals[i] = shown.reveals[i];
        reveals[shown.reveals.length] = Reveal(input, condition, params, args);
        shown.reveals = reveals;
    }

    /// @dev One signature stands for nothing here: who signed is for the caller to say.
    function _witness(Reveal[] memory reveals) private pure returns (bytes memory witness) {
        witness = abi.encodePacked(uint8(1), new bytes(64), uint8(reveals.length));
        for (uint256 i = 0; i < reveals.length; ++i) {
            Reveal memory reveal = reveals[i];
            witness = bytes.concat(
                abi.encodePacked(witness, reveal.inputIndex, reveal.condition),
                abi.encodePacked(uint16(reveal.params.length), reveal.params, uint16(reveal.args.length), reveal.args)
            );
        }
    }

    function _ask(Shown memory shown) private view returns (uint64) {
        return _askWith(shown, _witness(shown.reveals));
    }

    function _askWith(Shown memory shown, bytes memory witness) private view returns (uint64) {
        return _conditions.requireAllowed(shown.body, witness, Encoding.preimages(shown.spent), shown.signers);
    }

    function _one(address condition) private pure returns (Shown memory shown) {
        shown = _plain(1);
        _guard(shown, 0, condition, "", "");
    }

    // ---------------------------------------------------------------- registration

    event ConditionRegistered(address indexed condition, bytes32 codeHash, uint64 newestBlock);

    function testFuzz_register_deploysTheCode(uint64 newest, address caller) public {
        _host.setNewestBlock(newest);
        address expected = _conditions.addressOf(YES);
        vm.expectEmit(address(_conditions));
        emit ConditionRegistered(expected, keccak256(YES), newest);
        vm.prank(caller);
        address condition = _conditions.register(YES);
        assertEq(condition, expected);
        assertEq(keccak256(condition.code), keccak256(YES));
        (bytes32 codeHash, uint64 stored) = _conditions.registrationOf(condition);
        assertEq(codeHash, keccak256(YES));
        assertEq(stored, newest);
    }

    function test_register_twice() public {
        address condition = _conditions.register(YES);
        _host.setNewestBlock(5);
        vm.expectRevert(abi.encodeWithSelector(IConditions.ConditionExists.selector, condition));
        _conditions.register(YES);
        (, uint64 stored) = _conditions.registrationOf(condition);
        assertEq(stored, 0);
    }

    function test_registrationOf_whatIsNotRegistered() public {
        (bytes32 codeHash, uint64 newest) = _conditions.registrationOf(_conditions.addressOf(YES));
        assertEq(codeHash, 0);
        assertEq(newest, 0);
        (codeHash, newest) = _conditions.registrationOf(address(new ExpectedCall()));
        assertEq(codeHash, 0);
        assertEq(newest, 0);
    }

    /// With every gas limit registration is made whole, or not at all.
    function test_register_withEveryGasLimit() public {
        bytes memory code = abi.encodePacked(YES, new bytes(1_000));
        address condition = _conditions.addressOf(code);
        uint256 made = 0;
        for (uint256 gasLimit = 20_000; gasLimit < 500_000; gasLimit += 3_000) {
            uint256 state = vm.snapshotState();
            try _conditions.register{gas: gasLimit}(code) {
                ++made;
                assertEq(condition.code.length, code.length);
            } catch {
                (bytes32 codeHash, ) = _conditions.registrationOf(condition);
                assertEq(codeHash, 0);
                assertEq(condition.code.length, 0);
            }
            vm.revertToState(state);
        }
        assertTrue(made > 10 && made < 150, "some limits are enough");
    }

    /// The same code at another address is no condition: whoever put it there may take it away.
    function test_requireAllowed_ofCodeThatSomebodyElseDeployed() public {
        _conditions.register(YES);
        address doomed = address(new Doomed(YES));
        assertEq(keccak256(doomed.code), keccak256(YES));
        Shown memory shown = _one(doomed);
        vm.expectRevert(abi.encodeWithSelector(IConditions.ConditionNotRegistered.selector, doomed));
        _ask(shown);
    }

    function test_requireAllowed_ofWhatHasNoCode() public {
        address[4] memory nobody = [address(0), address(4), address(0xdead), address(_conditions)];
        for (uint256 i = 0; i < nobody.length; ++i) {
            Shown memory shown = _one(nobody[i]);
            vm.expectRevert(abi.encodeWithSelector(IConditions.ConditionNotRegistered.selector, nobody[i]));
            _ask(shown);
        }
    }

    // ---------------------------------------------------------------- what a condition is told

    /// The condition sees the transaction, its own input and what is revealed for it, and the newest registration comes back.
    function testFuzz_requireAllowed_asksForEachConditionalInput(uint256 seed, bytes calldata params) public {
        address first = _conditions.register(type(ExpectedCall).runtimeCode);
        _host.setNewestBlock(7);
        address second = _conditions.register(YES);
        Shown memory shown = _plain(1 + (seed % 8));
        shown.signers = new address[]((seed >> 8) % 4);
        for (uint256 i = 0; i < shown.signers.length; ++i) shown.signers[i] = address(uint160(i + 100));
        uint64 newest = 0;
        for (uint8 i = 0; i < shown.spent.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, i)));
            Output memory output = shown.spent[i].output;
            if (random & 1 == 0) output.token = address(uint160(random >> 8) | 1);
            output.amount = uint128(random >> 100) | 1;
            if (random & 6 == 0) continue;
            if (random & 6 == 2) {
                newest = 7;
                _guard(shown, i, second, params[:params.length % 1_025], "");
                continue;
            }
            bytes memory args = abi.encode(random);
            bytes32 expected = keccak256(
                abi.encode(shown.body, i, output.owner, output.token, output.amount, shown.signers, args)
            );
            _guard(shown, i, first, abi.encode(expected), args);
        }
        assertEq(_ask(shown), newest);

        if (shown.reveals.length == 0 || shown.reveals[0].condition != first) return;
        shown.reveals[0].args[31] ^= 0x01;
        vm.expectRevert(abi.encodeWithSelector(IConditions.ConditionRefused.selector, shown.reveals[0].inputIndex));
        _ask(shown);
    }

    /// One that says no is enough, wherever it stands.
    function test_requireAllowed_ofOneThatRefuses() public {
        address yes = _conditions.register(YES);
        address no = _conditions.register(hex"00");
        for (uint8 refusing = 0; refusing < 3; ++refusing) {
            Shown memory shown = _plain(3);
            for (uint8 i = 0; i < 3; ++i) _guard(shown, i, i == refusing ? no : yes, "", "");
            vm.expectRevert(abi.encodeWithSelector(IConditions.ConditionRefused.selector, refusing));
            _ask(shown);
        }
    }

    // ---------------------------------------------------------------- what is revealed

    /// What an output commits to has one form: no other address, params or length of params fits it.
    function testFuzz_requireAllowed_ofOtherParams(bytes calldata params, bytes calldata other, uint256 cut) public {
        bytes memory short = params[:params.length % 1_025];
        address yes = _conditions.register(YES);
        address also = _conditions.register(abi.encodePacked(YES, hex"00"));
        bytes[4] memory others = [
            bytes(other[:other.length % 1_025]),
            bytes.concat(short, hex"00"),
            bytes.concat(hex"00", short),
            params[:short.length == 0 ? 0 : cut % short.length]
        ];
        for (uint256 i = 0; i < others.length; ++i) {
            if (keccak256(others[i]) == keccak256(short) || others[i].length > 1_024) continue;
            Shown memory shown = _plain(1);
            _guard(shown, 0, yes, short, "");
            shown.reveals[0].params = others[i];
            vm.expectRevert(abi.encodeWithSelector(IConditions.ConditionMismatch.selector, 0));
            _ask(shown);
        }
        Shown memory moved = _plain(1);
        _guard(moved, 0, yes, short, "");
        moved.reveals[0].condition = also;
        vm.expectRevert(abi.encodeWithSelector(IConditions.ConditionMismatch.selector, 0));
        _ask(moved);
    }

    /// Exactly the conditional inputs, in their order.
    function test_requireAllowed_ofOtherInputs() public {
        address yes = _conditions.register(YES);
        Shown memory shown = _plain(3);
        _guard(shown, 0, yes, "", "");
        _guard(shown, 2, yes, "", "");
        _ask(shown);
        bytes memory malformed = abi.encodeWithSelector(TransactionCodec.WitnessMalformed.selector);
        Reveal[] memory reveals = shown.reveals;
        Reveal[] memory one = new Reveal[](1);
        one[0] = reveals[0];
        Reveal[] memory three = new Reveal[](3);
        (three[0], three[1], three[2]) = (reveals[0], Reveal(1, yes, "", ""), reveals[1]);
        Reveal[] memory twice = new Reveal[](3);
        (twice[0], twice[1], twice[2]) = (reveals[0], reveals[0], reveals[1]);
        Reveal[] memory swapped = new Reveal[](2);
        (swapped[0], swapped[1]) = (reveals[1], reveals[0]);
        Reveal[] memory beyond = new Reveal[](3);
        (beyond[0], beyond[1], beyond[2]) = (reveals[0], reveals[1], Reveal(3, yes, "", ""));
        Reveal[][6] memory wrong = [new Reveal[](0), one, three, twice, swapped, beyond];
        for (uint256 i = 0; i < wrong.length; ++i) {
            vm.expectRevert(malformed);
            _askWith(shown, _witness(wrong[i]));
        }
    }

    /// Not a byte more, not a byte less.
    function test_requireAllowed_ofAnotherLength() public {
        Shown memory shown = _plain(2);
        _guard(shown, 1, _conditions.register(YES), hex"0102", hex"030405");
        bytes memory witness = _witness(shown.reveals);
        vm.expectRevert(abi.encodeWithSelector(TransactionCodec.WitnessMalformed.selector));
        _askWith(shown, bytes.concat(witness, hex"00"));
        uint256 refused = 0;
        for (uint256 length = 0; length < witness.length; ++length) {
            bytes memory prefix = new bytes(length);
            for (uint256 i = 0; i < length; ++i) prefix[i] = witness[i];
            try _conditions.requireAllowed(shown.body, prefix, Encoding.preimages(shown.spent), shown.signers) {} catch {
                ++refused;
            }
        }
        assertEq(refused, witness.length);

        bytes memory preimages = Encoding.preimages(shown.spent);
        vm.expectRevert(abi.encodeWithSelector(SpendProof.ProofMalformed.selector));
        _conditions.requireAllowed(shown.body, witness, bytes.concat(preimages, hex"00"), shown.signers);
    }

    function test_requireAllowed_ofTheLongestReveals() public {
        address yes = _conditions.register(YES);
        Shown memory shown = _plain(1);
        _guard(shown, 0, yes, new bytes(1_024), new bytes(1_024));
        _ask(shown);
        bytes memory malformed = abi.encodeWithSelector(TransactionCodec.WitnessMalformed.selector);
        shown.reveals[0].args = new bytes(1_025);
        vm.expectRevert(malformed);
        _ask(shown);
        shown = _plain(1);
        _guard(shown, 0, yes, new bytes(1_025), "");
        vm.expectRevert(malformed);
        _ask(shown);
    }

    /// R6: 16,384 bytes with the witness, and not one more.
    function test_requireAllowed_ofTheLongestTransaction() public {
        address yes = _conditions.register(YES);
        Shown memory shown = _plain(8);
        for (uint8 i = 0; i < 8; ++i) _guard(shown, i, yes, new bytes(1_024), new bytes(i == 7 ? 0 : 930));
        uint256 spare = 16_384 - shown.body.length - _witness(shown.reveals).length;
        shown.reveals[7].args = new bytes(spare);
        _ask(shown);
        shown.reveals[7].args = new bytes(spare + 1);
        vm.expectRevert(abi.encodeWithSelector(IConditions.TransactionTooLarge.selector, 16_385));
        _ask(shown);
    }

    /// Without conditional inputs nobody is asked, and nothing may be revealed.
    function test_requireAllowed_ofAPlainPayment() public {
        Shown memory shown = _plain(3);
        assertEq(_ask(shown), 0);
        shown.reveals = new Reveal[](1);
        shown.reveals[0] = Reveal(0, _conditions.register(YES), "", "");
        vm.expectRevert(abi.encodeWithSelector(TransactionCodec.WitnessMalformed.selector));
        _ask(shown);
    }

    // ---------------------------------------------------------------- gas

    /// The answer never depends on the caller's gas: with too little there is none.
    function test_requireAllowed_withEveryGasLimit() public {
        Shown memory shown = _plain(2);
        _guard(shown, 0, _conditions.register(_slow(30_000)), "", "");
        _guard(shown, 1, _conditions.register(_slow(38_000)), "", "");
        bytes memory witness = _witness(shown.reveals);
        bytes memory preimages = Encoding.preimages(shown.spent);
        bytes32 insufficient = keccak256(abi.encodeWithSelector(IConditions.ConditionGasInsufficient.selector));
        uint256[3] memory outcomes; // out of gas before it asked, too little to ask, yes
        for (uint256 gasLimit = 2_000; gasLimit < 2_200_000; gasLimit += 7_919) {
            try _conditions.requireAllowed{gas: gasLimit}(shown.body, witness, preimages, shown.signers) {
                ++outcomes[2];
            } catch (bytes memory reason) {
                if (reason.length == 0) ++outcomes[0];
                else {
                    assertEq(keccak256(reason), insufficient);
                    ++outcomes[1];
                }
            }
        }
        assertTrue(outcomes[0] > 0 && outcomes[1] > 50 && outcomes[2] > 10, "every outcome is met");
    }

    /// A condition that burns what it is given costs its caller that much and no more, and stops nothing.
    function test_requireAllowed_ofOneThatBurnsItsGas() public {
        bytes[4] memory burners = [
            bytes(hex"5b5f56"), // JUMPDEST PUSH0 JUMP
            hex"fe", // INVALID
            hex"5f1951", // MLOAD at the end of all words
            _slow(type(uint24).max)
        ];
        for (uint256 i = 0; i < burners.length; ++i) {
            Shown memory shown = _one(_conditions.register(burners[i]));
            bytes memory refused = abi.encodeWithSelector(IConditions.ConditionRefused.selector, 0);
            uint256 before = gasleft();
            vm.expectRevert(refused);
            _ask(shown);
            uint256 used = before - gasleft();
            assertTrue(used > 1_000_000 && used < 1_040_000, "the gas of one call is gone");
        }
    }

    /// What comes back is paid for by the condition; its caller copies one word.
    function test_requireAllowed_ofOneThatReturnsTooMuch() public {
        // PUSH3 256 KiB, PUSH0, RETURN or REVERT: 155,000 gas of memory.
        bytes[2] memory talkers = [bytes(hex"620400005ff3"), hex"620400005ffd"];
        for (uint256 i = 0; i < talkers.length; ++i) {
            Shown memory shown = _one(_conditions.register(talkers[i]));
            bytes memory refused = abi.encodeWithSelector(IConditions.ConditionRefused.selector, 0);
            uint256 before = gasleft();
            vm.expectRevert(refused);
            _ask(shown);
            assertTrue(before - gasleft() < 200_000, "nothing is copied");
        }
    }
}
