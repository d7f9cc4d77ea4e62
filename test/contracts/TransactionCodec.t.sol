// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TransactionCodec} from "../../contracts/libraries/TransactionCodec.sol";
import {Position} from "../../contracts/types/Position.sol";
import {FeeClaim, Output} from "../../contracts/types/Transaction.sol";
import {ProtocolHarness} from "./harness/ProtocolHarness.sol";
import {Assertions} from "./support/Assertions.sol";
import {Encoding, Input, Payment} from "./support/Encoding.sol";
import {vm} from "./support/Vm.sol";

contract TransactionCodecTest is Assertions {
    bytes private constant MALFORMED = abi.encodeWithSelector(TransactionCodec.TransactionMalformed.selector);
    bytes private constant WITNESS_MALFORMED = abi.encodeWithSelector(TransactionCodec.WitnessMalformed.selector);

    ProtocolHarness private _codec = new ProtocolHarness();

    /// @dev A valid payment of any shape, made of `seed`.
    function _payment(uint256 seed) private pure returns (Payment memory payment) {
        payment.inputs = new Input[]((seed % 8) + 1);
        payment.outputs = new Output[](((seed >> 8) % 8) + 1);
        for (uint256 i = 0; i < payment.inputs.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "input", i)));
            payment.inputs[i] = Input(Position.wrap(uint104(random)), keccak256(abi.encode(random)));
        }
        for (uint256 i = 0; i < payment.outputs.length; ++i) {
            uint256 random = uint256(keccak256(abi.encode(seed, "output", i)));
            payment.outputs[i] = Output(
                address(uint160(random)),
                random & (1 << 200) == 0 ? address(0) : address(uint160(random >> 3)),
                uint128(random >> 100) | 1,
                random & (1 << 201) == 0 ? bytes32(0) : keccak256(abi.encode(random))
            );
        }
        payment.memo = seed & (1 << 20) == 0 ? bytes32(0) : keccak256(abi.encode(seed));
        payment.validAfter = seed & (1 << 21) == 0 ? 0 : uint40(seed >> 100) | 1;
        payment.validBefore = seed & (1 << 22) == 0 ? 0 : uint40(seed >> 150) | 1;
    }

    function _expectMalformed(bytes memory body) private {
        vm.expectRevert(MALFORMED);
        _codec.transaction(body);
    }

    /// I7: what is encoded is what is read, with the hash that EIP-712 gives it.
    function testFuzz_decodeTransaction_readsWhatWasEncoded(uint256 seed) public view {
        Payment memory payment = _payment(seed);
        (ProtocolHarness.WholeTransaction memory read, bytes32 hashed) = _codec.transaction(Encoding.body(payment));
        assertEq(keccak256(abi.encode(read)), keccak256(abi.encode(payment)));
        assertEq(hashed, Encoding.structHash(payment));
    }

    /// One byte string per transaction: whatever changed bytes still decode to is encoded as just those bytes.
    function testFuzz_decodeTransaction_ofChangedBytes(uint256 seed, uint256 bit) public view {
        bytes memory body = Encoding.body(_payment(seed));
        bit %= body.length * 8;
        body[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        _assertMalformedOrCanonical(body);
    }

    function testFuzz_decodeTransaction_ofAnyBytes(bytes memory body, uint256 seed) public view {
        if (body.length > 3) (body[0], body[1], body[2], body[3]) = (0x01, 0x01, 0x01, bytes1(uint8(seed % 8)));
        _assertMalformedOrCanonical(body);
    }

    function _assertMalformedOrCanonical(bytes memory body) private view {
        try _codec.transaction(body) returns (ProtocolHarness.WholeTransaction memory read, bytes32 hashed) {
            Payment memory payment = abi.decode(abi.encode(read), (Payment));
            assertEq(keccak256(Encoding.body(payment)), keccak256(body));
            assertEq(hashed, Encoding.structHash(payment));
        } catch (bytes memory reason) {
            assertEq(keccak256(reason), keccak256(MALFORMED));
        }
    }

    /// Every prefix, and every extension, is refused.
    function test_decodeTransaction_ofAnotherLength() public {
        bytes memory body = Encoding.body(_payment(0x700102));
        _expectMalformed(bytes.concat(body, hex"00"));
        for (uint256 length = body.length; length > 0; ) {
            --length;
            bytes memory cut = new bytes(length);
            for (uint256 i = 0; i < length; ++i) cut[i] = body[i];
            _expectMalformed(cut);
        }
    }

    /// Leading-zero encodings: what a flag announces is not zero.
    function test_decodeTransaction_ofFlaggedZeros() public {
        bytes memory input = abi.encodePacked(uint104(1), keccak256("output"));
        bytes memory output = abi.encodePacked(uint8(0), address(1), uint128(1));
        bytes memory plain = abi.encodePacked(uint32(0x01010100), input, output);
        _codec.transaction(plain);
        _expectMalformed(abi.encodePacked(uint32(0x01010101), input, output, bytes32(0)));
        _expectMalformed(abi.encodePacked(uint32(0x01010102), input, output, uint40(0)));
        _expectMalformed(abi.encodePacked(uint32(0x01010104), input, output, uint40(0)));
        _expectMalformed(abi.encodePacked(uint32(0x01010108), input, output));
        bytes memory head = abi.encodePacked(uint32(0x01010100), input);
        _expectMalformed(abi.encodePacked(head, uint8(1), address(1), address(0), uint128(1)));
        _expectMalformed(abi.encodePacked(head, uint8(2), address(1), uint128(1), bytes32(0)));
        _expectMalformed(abi.encodePacked(head, uint8(4), address(1), uint128(1)));
        _expectMalformed(abi.encodePacked(head, uint8(0), address(1), uint128(0)));
        _expectMalformed(abi.encodePacked(head, uint8(0), address(0), uint128(1)));
        // R17: a conditional output without a refund address is one.
        _codec.transaction(abi.encodePacked(head, uint8(2), address(0), uint128(1), keccak256("condition")));
    }

    /// R6
    function test_decodeTransaction_ofTooFewOrTooMany() public {
        for (uint256 count = 0; count < 11; ++count) {
            Payment memory payment = _payment(0);
            payment.inputs = new Input[](count);
            for (uint256 i = 0; i < count; ++i) payment.inputs[i].outputId = keccak256(abi.encode(i));
            bytes memory manyInputs = Encoding.body(payment);
            payment = _payment(0);
            Output memory output = payment.outputs[0];
            payment.outputs = new Output[](count);
            for (uint256 i = 0; i < count; ++i) payment.outputs[i] = output;
            bytes memory manyOutputs = Encoding.body(payment);
            if (count == 0 || count > 8) {
                _expectMalformed(manyInputs);
                _expectMalformed(manyOutputs);
            } else {
                _codec.transaction(manyInputs);
                _codec.transaction(manyOutputs);
            }
        }
    }

    /// R2: one output cannot be spent twice by one transaction, at whatever positions.
    function testFuzz_decodeTransaction_ofARepeatedInput(uint8 first, uint8 second) public {
        Payment memory payment = _payment(7);
        (first, second) = (first % 8, second % 8);
        if (first == second) return;
        payment.inputs[first].outputId = payment.inputs[second].outputId;
        _expectMalformed(Encoding.body(payment));
    }

    function testFuzz_decodeFeeClaim(FeeClaim memory claim) public {
        if (claim.owner == address(0) || claim.amount == 0) vm.expectRevert(MALFORMED);
        (FeeClaim memory read, bytes32 hashed) = _codec.feeClaim(Encoding.feeClaim(claim));
        if (claim.owner == address(0) || claim.amount == 0) return;
        assertEq(keccak256(abi.encode(read)), keccak256(abi.encode(claim)));
        assertEq(hashed, Encoding.structHash(claim));
    }

    function test_decodeFeeClaim_ofAnotherLengthOrType() public {
        bytes memory body = Encoding.feeClaim(FeeClaim(1, address(2), address(3), 4));
        vm.expectRevert(MALFORMED);
        _codec.feeClaim(bytes.concat(body, hex"00"));
        body[0] = 0x01;
        vm.expectRevert(MALFORMED);
        _codec.feeClaim(body);
        vm.expectRevert(MALFORMED);
        _codec.feeClaim("");
    }

    // ---------------------------------------------------------------- witnesses

    /// @dev `count` keys in the order of their addresses.
    function _keys(uint256 count) private pure returns (uint256[] memory keys) {
        keys = new uint256[](count);
        for (uint256 i = 0; i < count; ++i) {
            uint256 key = uint256(keccak256(abi.encode("key", i)));
            uint256 j = i;
            for (; j > 0 && vm.addr(keys[j - 1]) > vm.addr(key); --j) keys[j] = keys[j - 1];
            keys[j] = key;
        }
    }

    function testFuzz_recoverSigners(bytes32 txId, uint8 size) public view {
        uint256[] memory keys = _keys(size % 17);
        address[] memory signers = _codec.signers(Encoding.witness(txId, keys), txId);
        assertEq(signers.length, keys.length);
        for (uint256 i = 0; i < keys.length; ++i) assertEq(signers[i], vm.addr(keys[i]));
    }

    function testFuzz_recoverSigners_ofChangedBytes(bytes32 txId, uint256 bit) public view {
        uint256[] memory keys = _keys(2);
        bytes memory witness = Encoding.witness(txId, keys);
        bit %= witness.length * 8;
        witness[bit / 8] ^= bytes1(uint8(1 << (bit % 8)));
        try _codec.signers(witness, txId) returns (address[] memory signers) {
            assertTrue(signers[0] != vm.addr(keys[0]) || signers[1] != vm.addr(keys[1]), "other signers");
        } catch (bytes memory reason) {
            assertEq(keccak256(reason), keccak256(WITNESS_MALFORMED));
        }
    }

    function _expectWitnessMalformed(bytes memory witness, bytes32 txId) private {
        vm.expectRevert(WITNESS_MALFORMED);
        _codec.signers(witness, txId);
    }

    function test_recoverSigners_ofAnotherShape() public {
        bytes32 txId = keccak256("transaction");
        bytes memory witness = Encoding.witness(txId, _keys(2));
        _expectWitnessMalformed("", txId);
        _expectWitnessMalformed(hex"00", txId);
        _expectWitnessMalformed(bytes.concat(witness, hex"00"), txId);
        witness[witness.length - 1] = 0x01;
        _expectWitnessMalformed(witness, txId);
        _expectWitnessMalformed(Encoding.witness(txId, _keys(17)), txId);
        uint256[] memory keys = _keys(2);
        (keys[0], keys[1]) = (keys[1], keys[0]);
        _expectWitnessMalformed(Encoding.witness(txId, keys), txId);
        keys[1] = keys[0];
        _expectWitnessMalformed(Encoding.witness(txId, keys), txId);
    }

    /// One signature has one form: s and n - s are not both good.
    function testFuzz_recoverSigners_ofAHighS(bytes32 txId) public view {
        uint256 order = 0xfffffffffffffffffffffffffffffffebaaedce6af48a03bbfd25e8cd0364141;
        (uint8 v, bytes32 r, bytes32 s) = vm.sign(1, txId);
        uint256 high = order - uint256(s);
        // The parity bit takes the top bit of s, so a high s fits only in part; both ways to write it are refused.
        bytes memory witness = abi.encodePacked(uint8(1), r, bytes32(high), uint8(0));
        try _codec.signers(witness, txId) returns (address[] memory signers) {
            assertTrue(signers[0] != vm.addr(1), "another signer");
        } catch (bytes memory reason) {
            assertEq(keccak256(reason), keccak256(WITNESS_MALFORMED));
        }
        witness = abi.encodePacked(uint8(1), r, bytes32((uint256(v == 27 ? 1 : 0) << 255) | uint256(s)), uint8(0));
        try _codec.signers(witness, txId) returns (address[] memory signers) {
            assertTrue(signers[0] != vm.addr(1), "another signer");
        } catch (bytes memory reason) {
            assertEq(keccak256(reason), keccak256(WITNESS_MALFORMED));
        }
    }
}
