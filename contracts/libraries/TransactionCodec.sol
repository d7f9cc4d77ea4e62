// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ECDSA} from "@openzeppelin/contracts/utils/cryptography/ECDSA.sol";
import {Position} from "../types/Position.sol";
import {FeeClaim, Input, Output, Transaction} from "../types/Transaction.sol";

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

    uint256 private constant INPUT_BYTES = 45;
    uint256 private constant FEE_CLAIM_BYTES = 65;

    bytes32 internal constant INPUT_TYPEHASH = keccak256("Input(uint104 position,bytes32 outputId)");
    bytes32 internal constant OUTPUT_TYPEHASH =
        keccak256("Output(address owner,address token,uint128 amount,bytes32 condition)");
    bytes32 internal constant TRANSACTION_TYPEHASH =
        keccak256(
            "Transaction(Input[] inputs,Output[] outputs,bytes32 memo,uint40 validAfter,uint40 validBefore)Input(uint104 position,bytes32 outputId)Output(address owner,address token,uint128 amount,bytes32 condition)"
        );
    bytes32 internal constant FEE_CLAIM_TYPEHASH =
        keccak256("FeeClaim(uint64 blockNumber,address token,address owner,uint128 amount)");

    /// @notice Decodes a transaction's body strictly.
    function decodeTransaction(bytes calldata body) internal pure returns (Transaction memory transaction) {
        uint256 head = uint256(_read(body, 0, 4));
        uint256 inputCount = (head >> 16) & 0xff;
        uint256 outputCount = (head >> 8) & 0xff;
        uint256 flags = head & 0xff;
        require(
            head >> 24 == TYPE_TRANSACTION &&
                inputCount != 0 &&
                inputCount <= MAX_INPUTS &&
                outputCount != 0 &&
                outputCount <= MAX_OUTPUTS &&
                flags <= (FLAG_MEMO | FLAG_VALID_AFTER | FLAG_VALID_BEFORE),
            TransactionMalformed()
        );
        uint256 offset = 4;
        transaction.inputs = new Input[](inputCount);
        for (uint256 i = 0; i < inputCount; ++i) {
            Input memory input = transaction.inputs[i];
            input.position = Position.wrap(uint104(uint256(_read(body, offset, 13))));
            input.outputId = bytes32(_read(body, offset + 13, 32));
            for (uint256 j = 0; j < i; ++j)
                require(transaction.inputs[j].outputId != input.outputId, TransactionMalformed());
            offset += INPUT_BYTES;
        }
        transaction.outputs = new Output[](outputCount);
        for (uint256 i = 0; i < outputCount; ++i) offset = _decodeOutput(body, offset, transaction.outputs[i]);
        if (flags & FLAG_MEMO != 0) {
            transaction.memo = bytes32(_readFlagged(body, offset, 32));
            offset += 32;
        }
        if (flags & FLAG_VALID_AFTER != 0) {
            transaction.validAfter = uint40(_readFlagged(body, offset, 5));
            offset += 5;
        }
        if (flags & FLAG_VALID_BEFORE != 0) {
            transaction.validBefore = uint40(_readFlagged(body, offset, 5));
            offset += 5;
        }
        require(offset == body.length, TransactionMalformed());
    }

    /// @notice Decodes a fee claim strictly.
    function decodeFeeClaim(bytes calldata body) internal pure returns (FeeClaim memory claim) {
        require(body.length == FEE_CLAIM_BYTES && uint8(body[0]) == TYPE_FEE_CLAIM, TransactionMalformed());
        claim.blockNumber = uint64(_read(body, 1, 8));
        claim.token = address(uint160(_read(body, 9, 20)));
        claim.owner = address(uint160(_readFlagged(body, 29, 20)));
        claim.amount = uint128(_readFlagged(body, 49, 16));
    }

    /// @notice Decodes a witness strictly and recovers its signers over `txId`, in strictly ascending order, none zero.
    function recoverSigners(bytes calldata witness, bytes32 txId) internal pure returns (address[] memory signers) {
        require(witness.length != 0, WitnessMalformed());
        uint256 count = _read(witness, 0, 1);
        // No spending conditions are registered on this chain, so the count of conditional inputs is always zero.
        require(
            count <= MAX_SIGNATURES && witness.length == count * 64 + 2 && witness[witness.length - 1] == 0,
            WitnessMalformed()
        );
        signers = new address[](count);
        address previous = address(0);
        for (uint256 i = 0; i < count; ++i) {
            (address signer, , ) = ECDSA.tryRecover(
                txId,
                bytes32(_read(witness, 1 + i * 64, 32)),
                bytes32(_read(witness, 33 + i * 64, 32))
            );
            require(signer > previous, WitnessMalformed());
            signers[i] = previous = signer;
        }
    }

    /// @notice EIP-712 struct hash of a transaction.
    function structHash(Transaction memory transaction) internal pure returns (bytes32) {
        bytes32[] memory inputs = new bytes32[](transaction.inputs.length);
        for (uint256 i = 0; i < inputs.length; ++i) {
            Input memory input = transaction.inputs[i];
            inputs[i] = keccak256(abi.encode(INPUT_TYPEHASH, input.position, input.outputId));
        }
        bytes32[] memory outputs = new bytes32[](transaction.outputs.length);
        for (uint256 i = 0; i < outputs.length; ++i) {
            Output memory output = transaction.outputs[i];
            outputs[i] = keccak256(
                abi.encode(OUTPUT_TYPEHASH, output.owner, output.token, output.amount, output.condition)
            );
        }
        return
            keccak256(
                abi.encode(
                    TRANSACTION_TYPEHASH,
                    keccak256(abi.encodePacked(inputs)),
                    keccak256(abi.encodePacked(outputs)),
                    transaction.memo,
                    transaction.validAfter,
                    transaction.validBefore
                )
            );
    }

    /// @notice EIP-712 struct hash of a fee claim.
    function structHash(FeeClaim memory claim) internal pure returns (bytes32) {
        return keccak256(abi.encode(FEE_CLAIM_TYPEHASH, claim.blockNumber, claim.token, claim.owner, claim.amount));
    }

    function _decodeOutput(
        bytes calldata body,
        uint256 offset,
        Output memory output
    ) private pure returns (uint256) {
        uint256 flags = _read(body, offset, 1);
        require(flags <= (FLAG_TOKEN | FLAG_CONDITION), TransactionMalformed());
        output.owner = address(uint160(_read(body, offset + 1, 20)));
        offset += 21;
        if (flags & FLAG_TOKEN != 0) {
            output.token = address(uint160(_readFlagged(body, offset, 20)));
            offset += 20;
        }
        output.amount = uint128(_readFlagged(body, offset, 16));
        offset += 16;
        if (flags & FLAG_CONDITION != 0) {
            output.condition = bytes32(_readFlagged(body, offset, 32));
            offset += 32;
        } else {
            require(output.owner != address(0), TransactionMalformed());
        }
        return offset;
    }

    /// @dev A field behind a flag is there because it is not zero; an amount is never zero.
    function _readFlagged(bytes calldata data, uint256 offset, uint256 size) private pure returns (uint256 value) {
        value = _read(data, offset, size);
        require(value != 0, TransactionMalformed());
    }

    /// @dev `size` bytes at `offset`, big-endian; refused where they would reach beyond the end.
    function _read(bytes calldata data, uint256 offset, uint256 size) private pure returns (uint256 value) {
        require(offset + size <= data.length, TransactionMalformed());
        assembly ("memory-safe") {
            value := shr(sub(256, shl(3, size)), calldataload(add(data.offset, offset)))
        }
    }
}
