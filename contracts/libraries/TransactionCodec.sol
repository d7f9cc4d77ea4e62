// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Position} from "../types/Position.sol";
import {FeeClaim, Output, Transaction} from "../types/Transaction.sol";

/// @notice Canonical bytes of transactions, fee claims and witnesses, and their EIP-712 hashes.
/// There is exactly one byte string per transaction; everything else is refused, here and in the TypeScript codec.
///
///   body      0x01 | nIn 1 | nOut 1 | flags 1 | nIn x (position 13 | outputId 32)
///             | nOut x (flags 1 | owner 20 | [token 20] | amount 16 | [condition 32])
///             | [memo 32] | [validAfter 5] | [validBefore 5]
///   fee claim 0x02 | blockNumber 8 | token 20 | owner 20 | amount 16
///   witness   nSig 1 | nSig x 64 (EIP-2098) | nCond 1 | nCond x (inputIndex 1 | address 20 | len 2 | params | len 2 | args)
library TransactionCodec {
    /// @notice Thrown when bytes are not the canonical encoding of a transaction or fee claim within the limits of R6.
    error TransactionMalformed();

    /// @notice Thrown when bytes are not a canonical witness, or a signature is not by an account above the one before it.
    error WitnessMalformed();

    uint8 internal constant TYPE_TRANSACTION = 1;
    uint8 internal constant TYPE_FEE_CLAIM = 2;

    uint256 internal constant MAX_INPUTS = 8;
    uint256 internal constant MAX_OUTPUTS = 8;
    uint256 internal constant MAX_SIGNATURES = 16;
    /// Body and witness together, in bytes: a spend that does not fit into an L1 transaction could not be used in a challenge.
    uint256 internal constant MAX_TRANSACTION_BYTES = 16_384;

    uint256 private constant FLAG_MEMO = 1;
    uint256 private constant FLAG_VALID_AFTER = 2;
    uint256 private constant FLAG_VALID_BEFORE = 4;
    uint256 private constant FLAG_TOKEN = 1;
    uint256 private constant FLAG_CONDITION = 2;

    uint256 private constant HEAD_BYTES = 4;
    uint256 private constant INPUT_BYTES = 45;
    uint256 private constant FEE_CLAIM_BYTES = 65;
    uint256 private constant SIGNATURE_BYTES = 64;

    bytes32 internal constant INPUT_TYPEHASH = keccak256("Input(uint104 position,bytes32 outputId)");
    bytes32 internal constant OUTPUT_TYPEHASH =
        keccak256("Output(address owner,address token,uint128 amount,bytes32 condition)");
    bytes32 internal constant TRANSACTION_TYPEHASH =
        keccak256(
            "Transaction(Input[] inputs,Output[] outputs,bytes32 memo,uint40 validAfter,uint40 validBefore)Input(uint104 position,bytes32 outputId)Output(address owner,address token,uint128 amount,bytes32 condition)"
        );
    bytes32 internal constant FEE_CLAIM_TYPEHASH =
        keccak256("FeeClaim(uint64 blockNumber,address token,address owner,uint128 amount)");

    /// @notice Reads a transaction's body at `cursor` in calldata into `transaction`, which must be new, strictly, computes its EIP-712 struct hash in the
    /// same pass, and gives where it ends. A memory struct that is returned would be allocated once more by every caller.
    function readTransaction(
        Transaction memory transaction,
        uint256 cursor
    ) internal pure returns (bytes32 hashed, uint256 end) {
        // A cursor into calldata moves by 2 KB at most: nothing overflows.
        unchecked {
            uint256 head = read(cursor, HEAD_BYTES);
            uint256 inputCount = (head >> 16) & 0xff;
            uint256 outputCount = (head >> 8) & 0xff;
            uint256 flags = head & 0xff;
            require(
                head >> 24 == TYPE_TRANSACTION &&
                    inputCount - 1 < MAX_INPUTS &&
                    outputCount - 1 < MAX_OUTPUTS &&
                    flags <= (FLAG_MEMO | FLAG_VALID_AFTER | FLAG_VALID_BEFORE),
                TransactionMalformed()
            );
            transaction.inputCount = inputCount;
            transaction.inputs = cursor + HEAD_BYTES;
            bytes32 inputsHash = _hashInputs(transaction.inputs, inputCount);
            bytes32 outputsHash;
            (transaction.outputs, outputsHash, end) = _readOutputs(
                transaction.inputs + INPUT_BYTES * inputCount,
                outputCount
            );
            if (flags & FLAG_MEMO != 0) {
                transaction.memo = bytes32(_readFlagged(end, 32));
                end += 32;
            }
            if (flags & FLAG_VALID_AFTER != 0) {
                transaction.validAfter = uint40(_readFlagged(end, 5));
                end += 5;
            }
            if (flags & FLAG_VALID_BEFORE != 0) {
                transaction.validBefore = uint40(_readFlagged(end, 5));
                end += 5;
            }
            hashed = _hashTransaction(inputsHash, outputsHash, transaction);
        }
    }

    /// @notice Decodes bytes that are a transaction's body and nothing more into `transaction`, which must be new.
    function decodeTransaction(
        Transaction memory transaction,
        bytes calldata body
    ) internal pure returns (bytes32 hashed) {
        uint256 end;
        (hashed, end) = readTransaction(transaction, start(body));
        require(end == start(body) + body.length, TransactionMalformed());
    }

    /// @notice The `index`-th input of a transaction: what it spends, by position and by id, so that a signature never means
    /// another output than its signer saw (R1).
    function inputAt(
        Transaction memory transaction,
        uint256 index
    ) internal pure returns (Position position, bytes32 outputId) {
        unchecked {
            uint256 cursor = transaction.inputs + INPUT_BYTES * index;
            position = Position.wrap(uint104(read(cursor, 13)));
            outputId = bytes32(read(cursor + 13, 32));
        }
    }

    /// @notice Reads one output at `cursor`, as it stands in a body.
    function readOutput(uint256 cursor) internal pure returns (Output memory, uint256 end) {
        Output[] memory outputs;
        (outputs, , end) = _readOutputs(cursor, 1);
        return (outputs[0], end);
    }

    /// @notice Reads a fee claim at `cursor` strictly.
    function readFeeClaim(uint256 cursor) internal pure returns (FeeClaim memory claim, uint256 end) {
        unchecked {
            require(read(cursor, 1) == TYPE_FEE_CLAIM, TransactionMalformed());
            claim.blockNumber = uint64(read(cursor + 1, 8));
            claim.token = address(uint160(read(cursor + 9, 20)));
            claim.owner = address(uint160(_readFlagged(cursor + 29, 20)));
            claim.amount = uint128(_readFlagged(cursor + 49, 16));
            end = cursor + FEE_CLAIM_BYTES;
        }
    }

    /// @notice Reads a witness at `cursor` and recovers its signers over `txId`, in strictly ascending order, none zero. What it
    /// reveals of conditions, for so many inputs, is passed over: whoever asks them reads it strictly (IConditions).
    function readSigners(
        uint256 cursor,
        bytes32 txId
    ) internal pure returns (address[] memory signers, uint256 reveals, uint256 end) {
        uint256 count = read(cursor, 1);
        require(count <= MAX_SIGNATURES, WitnessMalformed());
        end = cursor + 2 + count * SIGNATURE_BYTES;
        reveals = read(end - 1, 1);
        if (reveals != 0) end = _skipReveals(end, reveals);
        signers = new address[](count);
        address previous = address(0);
        ++cursor;
        for (uint256 i = 0; i < count; ++i) {
            (address signer, , ) = ECDSA.tryRecover(txId, bytes32(read(cursor, 32)), bytes32(read(cursor + 32, 32)));
            require(signer > previous, WitnessMalformed());
            signers[i] = previous = signer;
            cursor += SIGNATURE_BYTES;
        }
    }

    /// @notice Recovers the signers of bytes that are the witness of a transaction without conditional inputs, and nothing more.
    function recoverSigners(bytes calldata witness, bytes32 txId) internal pure returns (address[] memory signers) {
        uint256 reveals;
        uint256 end;
        (signers, reveals, end) = readSigners(start(witness), txId);
        require(reveals == 0 && end == start(witness) + witness.length, WitnessMalformed());
    }

    /// @notice EIP-712 struct hash of a fee claim.
    function structHash(FeeClaim memory claim) internal pure returns (bytes32) {
        return keccak256(abi.encode(FEE_CLAIM_TYPEHASH, claim.blockNumber, claim.token, claim.owner, claim.amount));
    }

    /// @notice `size` bytes at `cursor` in calldata, big-endian. Nothing is checked here: whoever reads compares where the
    /// cursor ends with where the data does, so what lies beyond them is never used.
    function read(uint256 cursor, uint256 size) internal pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, size)), calldataload(cursor))
        }
    }

    /// @notice keccak256 of the bytes of calldata from `cursor` to `end`.
    function hashBytes(uint256 cursor, uint256 end) internal pure returns (bytes32 result) {
        assembly ("memory-safe") {
            let free := mload(0x40)
            calldatacopy(free, cursor, sub(end, cursor))
            result := keccak256(free, sub(end, cursor))
        }
    }

    /// @notice Where `data` starts in calldata.
    function start(bytes calldata data) internal pure returns (uint256 cursor) {
        assembly ("memory-safe") {
            cursor := data.offset
        }
    }

    /// @dev Each is inputIndex 1 | address 20 | length 2 | params | length 2 | args.
    function _skipReveals(uint256 cursor, uint256 count) private pure returns (uint256) {
        unchecked {
            for (; count != 0; --count) {
                cursor += 23 + read(cursor + 21, 2);
                cursor += 2 + read(cursor, 2);
            }
        }
        return cursor;
    }

    /// @notice The bytes of calldata from `from` to `end`.
    function slice(uint256 from, uint256 end) internal pure returns (bytes calldata data) {
        assembly ("memory-safe") {
            data.offset := from
            data.length := sub(end, from)
        }
    }

    /// @dev The EIP-712 hash of an array of inputs, no two of which have the same output id.
    function _hashInputs(uint256 cursor, uint256 count) private pure returns (bytes32 result) {
        bytes32 typeHash = INPUT_TYPEHASH;
        bool distinct = true;
        // One input is put together where memory is free; the hashes of all of them follow.
        assembly ("memory-safe") {
            let item := mload(0x40)
            let hashes := add(item, 0x60)
            let hashed := hashes
            mstore(item, typeHash)
            for { let end := add(cursor, mul(INPUT_BYTES, count)) } lt(cursor, end) { cursor := add(cursor, INPUT_BYTES) } {
                let outputId := calldataload(add(cursor, 13))
                mstore(add(item, 0x20), shr(152, calldataload(cursor)))
                mstore(add(item, 0x40), outputId)
                mstore(hashed, keccak256(item, 0x60))
                hashed := add(hashed, 0x20)
                for { let other := add(cursor, INPUT_BYTES) } lt(other, end) { other := add(other, INPUT_BYTES) } {
                    distinct := and(distinct, iszero(eq(outputId, calldataload(add(other, 13)))))
                }
            }
            result := keccak256(hashes, sub(hashed, hashes))
        }
        require(distinct, TransactionMalformed());
    }

    /// @dev Reads `count` outputs at `cursor`; gives them, the EIP-712 hash of their array, and where they end.
    function _readOutputs(
        uint256 cursor,
        uint256 count
    ) private pure returns (Output[] memory outputs, bytes32 result, uint256 end) {
        bytes32 typeHash = OUTPUT_TYPEHASH;
        bool malformed = false;
        // The array, its outputs each behind a word with the type hash, and where memory is free after them their hashes.
        assembly ("memory-safe") {
            outputs := mload(0x40)
            mstore(outputs, count)
            end := cursor
            let pointer := add(outputs, 0x20)
            let item := add(pointer, shl(5, count))
            let hashes := add(item, mul(0xa0, count))
            let hashed := hashes
            mstore(0x40, hashes)
            for {} lt(item, hashes) { item := add(item, 0xa0) } {
                mstore(pointer, add(item, 0x20))
                pointer := add(pointer, 0x20)
                let flags := byte(0, calldataload(end))
                // A plain output has an owner. A field behind a flag is there because it is not zero; an amount is never zero.
                let required := shr(96, calldataload(add(end, 1)))
                mstore(item, typeHash)
                mstore(add(item, 0x20), required)
                end := add(end, 21)
                let field := 0
                if and(flags, FLAG_TOKEN) {
                    field := shr(96, calldataload(end))
                    malformed := or(malformed, iszero(field))
                    end := add(end, 20)
                }
                mstore(add(item, 0x40), field)
                field := shr(128, calldataload(end))
                malformed := or(malformed, or(iszero(field), gt(flags, 3)))
                mstore(add(item, 0x60), field)
                end := add(end, 16)
                field := 0
                if and(flags, FLAG_CONDITION) {
                    field := calldataload(end)
                    required := field
                    end := add(end, 32)
                }
                malformed := or(malformed, iszero(required))
                mstore(add(item, 0x80), field)
                mstore(hashed, keccak256(item, 0xa0))
                hashed := add(hashed, 0x20)
            }
            result := keccak256(hashes, sub(hashed, hashes))
        }
        require(!malformed, TransactionMalformed());
    }

    /// @dev keccak256(abi.encode(TRANSACTION_TYPEHASH, inputsHash, outputsHash, memo, validAfter, validBefore)); the last three
    /// words stand in memory as they are.
    function _hashTransaction(
        bytes32 inputsHash,
        bytes32 outputsHash,
        Transaction memory transaction
    ) private pure returns (bytes32 result) {
        bytes32 typeHash = TRANSACTION_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            mstore(add(free, 0x20), inputsHash)
            mstore(add(free, 0x40), outputsHash)
            mcopy(add(free, 0x60), add(transaction, 0x60), 0x60)
            result := keccak256(free, 0xc0)
        }
    }

    /// @dev A field behind a flag is there because it is not zero; an amount is never zero.
    function _readFlagged(uint256 cursor, uint256 size) private pure returns (uint256 value) {
        value = read(cursor, size);
        require(value != 0, TransactionMalformed());
    }
}
