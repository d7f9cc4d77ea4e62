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
///   witness   nSig 1 | nSig x 64 (EIP-2098) | nCond 1
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

    /// @notice Decodes a transaction's body strictly, and computes its EIP-712 struct hash in the same pass.
    function decodeTransaction(
        bytes calldata body
    ) internal pure returns (Transaction memory transaction, bytes32 hashed) {
        // A cursor into calldata moves by 2 KB at most: nothing overflows.
        unchecked {
            uint256 cursor = _start(body);
            uint256 head = _read(cursor, HEAD_BYTES);
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
            bytes32[8] memory hashes;
            for (uint256 i = 0; i < inputCount; ++i) {
                (Position position, bytes32 outputId) = inputAt(body, i);
                for (uint256 j = 0; j < i; ++j) {
                    (, bytes32 other) = inputAt(body, j);
                    require(other != outputId, TransactionMalformed());
                }
                hashes[i] = _hashInput(position, outputId);
            }
            bytes32 inputsHash = _hashFirst(hashes, inputCount);

            cursor += HEAD_BYTES + INPUT_BYTES * inputCount;
            Output[] memory outputs = new Output[](outputCount);
            for (uint256 i = 0; i < outputCount; ++i) {
                Output memory output = outputs[i];
                cursor = _decodeOutput(cursor, output);
                hashes[i] = _hashOutput(output);
            }
            transaction.outputs = outputs;

            if (flags & FLAG_MEMO != 0) {
                transaction.memo = bytes32(_readFlagged(cursor, 32));
                cursor += 32;
            }
            if (flags & FLAG_VALID_AFTER != 0) {
                transaction.validAfter = uint40(_readFlagged(cursor, 5));
                cursor += 5;
            }
            if (flags & FLAG_VALID_BEFORE != 0) {
                transaction.validBefore = uint40(_readFlagged(cursor, 5));
                cursor += 5;
            }
            require(cursor == _start(body) + body.length, TransactionMalformed());
            hashed = keccak256(
                abi.encode(
                    TRANSACTION_TYPEHASH,
                    inputsHash,
                    _hashFirst(hashes, outputCount),
                    transaction.memo,
                    transaction.validAfter,
                    transaction.validBefore
                )
            );
        }
    }

    /// @notice The `index`-th input of a body that has been decoded: what it spends, by position and by id, so that a
    /// signature never means another output than its signer saw (R1).
    function inputAt(bytes calldata body, uint256 index) internal pure returns (Position position, bytes32 outputId) {
        unchecked {
            uint256 cursor = _start(body) + HEAD_BYTES + INPUT_BYTES * index;
            position = Position.wrap(uint104(_read(cursor, 13)));
            outputId = bytes32(_read(cursor + 13, 32));
        }
    }

    /// @notice Decodes a fee claim strictly.
    function decodeFeeClaim(bytes calldata body) internal pure returns (FeeClaim memory claim) {
        require(body.length == FEE_CLAIM_BYTES && uint8(body[0]) == TYPE_FEE_CLAIM, TransactionMalformed());
        unchecked {
            uint256 cursor = _start(body) + 1;
            claim.blockNumber = uint64(_read(cursor, 8));
            claim.token = address(uint160(_read(cursor + 8, 20)));
            claim.owner = address(uint160(_readFlagged(cursor + 28, 20)));
            claim.amount = uint128(_readFlagged(cursor + 48, 16));
        }
    }

    /// @notice Decodes a witness strictly and recovers its signers over `txId`, in strictly ascending order, none zero.
    function recoverSigners(bytes calldata witness, bytes32 txId) internal pure returns (address[] memory signers) {
        require(witness.length != 0, WitnessMalformed());
        uint256 count = uint8(witness[0]);
        // No spending conditions are registered on this chain, so the count of conditional inputs is always zero.
        require(
            count <= MAX_SIGNATURES &&
                witness.length == count * SIGNATURE_BYTES + 2 &&
                witness[witness.length - 1] == 0,
            WitnessMalformed()
        );
        signers = new address[](count);
        address previous = address(0);
        uint256 cursor = _start(witness) + 1;
        for (uint256 i = 0; i < count; ++i) {
            (address signer, , ) = ECDSA.tryRecover(
                txId,
                bytes32(_read(cursor, 32)),
                bytes32(_read(cursor + 32, 32))
            );
            require(signer > previous, WitnessMalformed());
            signers[i] = previous = signer;
            cursor += SIGNATURE_BYTES;
        }
    }

    /// @notice EIP-712 struct hash of a fee claim.
    function structHash(FeeClaim memory claim) internal pure returns (bytes32) {
        return keccak256(abi.encode(FEE_CLAIM_TYPEHASH, claim.blockNumber, claim.token, claim.owner, claim.amount));
    }

    /// @dev Reads the output at `cursor` and returns where it ends.
    function _decodeOutput(uint256 cursor, Output memory output) private pure returns (uint256) {
        unchecked {
            uint256 flags = _read(cursor, 1);
            require(flags <= (FLAG_TOKEN | FLAG_CONDITION), TransactionMalformed());
            output.owner = address(uint160(_read(cursor + 1, 20)));
            cursor += 21;
            if (flags & FLAG_TOKEN != 0) {
                output.token = address(uint160(_readFlagged(cursor, 20)));
                cursor += 20;
            }
            output.amount = uint128(_readFlagged(cursor, 16));
            cursor += 16;
            if (flags & FLAG_CONDITION != 0) {
                output.condition = bytes32(_readFlagged(cursor, 32));
                cursor += 32;
            } else {
                require(output.owner != address(0), TransactionMalformed());
            }
        }
        return cursor;
    }

    /// @dev A field behind a flag is there because it is not zero; an amount is never zero.
    function _readFlagged(uint256 cursor, uint256 size) private pure returns (uint256 value) {
        value = _read(cursor, size);
        require(value != 0, TransactionMalformed());
    }

    /// @dev `size` bytes at `cursor` in calldata, big-endian. Nothing is checked here: whoever reads compares where the
    /// cursor ends with where the data does, so what lies beyond them is never used.
    function _read(uint256 cursor, uint256 size) private pure returns (uint256 value) {
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, size)), calldataload(cursor))
        }
    }

    /// @dev Where `data` starts in calldata.
    function _start(bytes calldata data) private pure returns (uint256 cursor) {
        assembly ("memory-safe") {
            cursor := data.offset
        }
    }

    /// @dev keccak256(abi.encode(INPUT_TYPEHASH, position, outputId))
    function _hashInput(Position position, bytes32 outputId) private pure returns (bytes32 result) {
        bytes32 typeHash = INPUT_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            mstore(add(free, 0x20), position)
            mstore(add(free, 0x40), outputId)
            result := keccak256(free, 0x60)
        }
    }

    /// @dev keccak256(abi.encode(OUTPUT_TYPEHASH, output.owner, output.token, output.amount, output.condition))
    function _hashOutput(Output memory output) private pure returns (bytes32 result) {
        bytes32 typeHash = OUTPUT_TYPEHASH;
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, typeHash)
            mcopy(add(free, 0x20), output, 0x80)
            result := keccak256(free, 0xa0)
        }
    }

    /// @dev keccak256 of the first `count` words of an array.
    function _hashFirst(bytes32[8] memory words, uint256 count) private pure returns (bytes32 result) {
        assembly ("memory-safe") {
            result := keccak256(words, shl(5, count))
        }
    }
}
