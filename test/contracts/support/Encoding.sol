// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHeader} from "../../../contracts/types/Block.sol";
import {Position} from "../../../contracts/types/Position.sol";
import {FeeClaim, Output} from "../../../contracts/types/Transaction.sol";
import {vm} from "./Vm.sol";

struct Input {
    Position position;
    bytes32 outputId;
}

/// @notice A payment before it is encoded.
struct Payment {
    Input[] inputs;
    Output[] outputs;
    bytes32 memo;
    uint40 validAfter;
    uint40 validBefore;
}

/// @notice What an output id commits to.
struct OutputPreimage {
    bytes32 originId;
    uint8 outputIndex;
    Output output;
}

/// @notice That a transaction with this witness stands at `txIndex` of the block with this header.
struct Inclusion {
    BlockHeader header;
    uint32 txIndex;
    bytes32 witnessHash;
    bytes32[] path;
}

/// @notice A transaction or fee claim that creates outputs, and where it is included. Without a body it is the one in question.
struct Source {
    bytes body;
    Inclusion inclusion;
}

/// @notice A transaction shown together with all that makes it a spend. `inclusion` and `source` are empty or one.
struct Spend {
    bytes body;
    bytes witness;
    OutputPreimage[] preimages;
    uint8 inputIndex;
    Inclusion[] inclusion;
    Source[] source;
}

/// @notice The encodings of docs/protocol.md, written plainly and apart from the contracts.
library Encoding {
    function body(Payment memory payment) internal pure returns (bytes memory encoded) {
        uint8 flags = (payment.memo == 0 ? 0 : 1) |
            (payment.validAfter == 0 ? 0 : 2) |
            (payment.validBefore == 0 ? 0 : 4);
        encoded = abi.encodePacked(
            uint8(1),
            uint8(payment.inputs.length),
            uint8(payment.outputs.length),
            flags
        );
        for (uint256 i = 0; i < payment.inputs.length; ++i) {
            encoded = abi.encodePacked(encoded, payment.inputs[i].position, payment.inputs[i].outputId);
        }
        for (uint256 i = 0; i < payment.outputs.length; ++i) {
            encoded = bytes.concat(encoded, output(payment.outputs[i]));
        }
        if (payment.memo != 0) encoded = abi.encodePacked(encoded, payment.memo);
        if (payment.validAfter != 0) encoded = abi.encodePacked(encoded, payment.validAfter);
        if (payment.validBefore != 0) encoded = abi.encodePacked(encoded, payment.validBefore);
    }

    function output(Output memory made) internal pure returns (bytes memory encoded) {
        uint8 flags = (made.token == address(0) ? 0 : 1) | (made.condition == 0 ? 0 : 2);
        encoded = abi.encodePacked(flags, made.owner);
        if (made.token != address(0)) encoded = abi.encodePacked(encoded, made.token);
        encoded = abi.encodePacked(encoded, made.amount);
        if (made.condition != 0) encoded = abi.encodePacked(encoded, made.condition);
    }

    function feeClaim(FeeClaim memory claim) internal pure returns (bytes memory) {
        return abi.encodePacked(uint8(2), claim.blockNumber, claim.token, claim.owner, claim.amount);
    }

    function header(BlockHeader memory shown) internal pure returns (bytes memory) {
        return
            abi.encodePacked(
                shown.number,
                shown.parentHash,
                shown.root,
                shown.txCount,
                shown.timestamp,
                shown.sealedAt,
                shown.depositCount,
                shown.depositHash
            );
    }

    function place(Inclusion memory shown) internal pure returns (bytes memory) {
        return abi.encodePacked(header(shown.header), shown.txIndex, shown.path);
    }

    function inclusion(Inclusion memory shown) internal pure returns (bytes memory) {
        return abi.encodePacked(shown.witnessHash, place(shown));
    }

    function source(Source memory shown) internal pure returns (bytes memory) {
        return bytes.concat(shown.body, inclusion(shown.inclusion));
    }

    function preimages(OutputPreimage[] memory shown) internal pure returns (bytes memory encoded) {
        for (uint256 i = 0; i < shown.length; ++i) {
            encoded = abi.encodePacked(
                encoded,
                shown[i].originId,
                shown[i].outputIndex,
                output(shown[i].output)
            );
        }
    }

    function spend(Spend memory shown) internal pure returns (bytes memory encoded) {
        encoded = abi.encodePacked(
            shown.inputIndex,
            uint8(shown.inclusion.length),
            shown.body,
            shown.witness,
            preimages(shown.preimages)
        );
        if (shown.inclusion.length != 0) encoded = bytes.concat(encoded, place(shown.inclusion[0]));
        for (uint256 i = 0; i < shown.source.length; ++i) encoded = bytes.concat(encoded, source(shown.source[i]));
    }

    function structHash(Payment memory payment) internal pure returns (bytes32) {
        bytes memory inputs;
        for (uint256 i = 0; i < payment.inputs.length; ++i) {
            Input memory input = payment.inputs[i];
            bytes32 typeHash = keccak256("Input(uint104 position,bytes32 outputId)");
            inputs = abi.encodePacked(inputs, keccak256(abi.encode(typeHash, input.position, input.outputId)));
        }
        bytes memory outputs;
        for (uint256 i = 0; i < payment.outputs.length; ++i) {
            bytes32 typeHash = keccak256("Output(address owner,address token,uint128 amount,bytes32 condition)");
            outputs = abi.encodePacked(outputs, keccak256(abi.encode(typeHash, payment.outputs[i])));
        }
        bytes32 transactionTypeHash = keccak256(
            "Transaction(Input[] inputs,Output[] outputs,bytes32 memo,uint40 validAfter,uint40 validBefore)"
            "Input(uint104 position,bytes32 outputId)"
            "Output(address owner,address token,uint128 amount,bytes32 condition)"
        );
        return
            keccak256(
                abi.encode(
                    transactionTypeHash,
                    keccak256(inputs),
                    keccak256(outputs),
                    payment.memo,
                    payment.validAfter,
                    payment.validBefore
                )
            );
    }

    function structHash(FeeClaim memory claim) internal pure returns (bytes32) {
        return
            keccak256(
                abi.encode(
                    keccak256("FeeClaim(uint64 blockNumber,address token,address owner,uint128 amount)"),
                    claim
                )
            );
    }

    function domainSeparator(uint256 chainId, address verifyingContract) internal pure returns (bytes32) {
        bytes32 typeHash = keccak256(
            "EIP712Domain(string name,string version,uint256 chainId,address verifyingContract)"
        );
        return
            keccak256(abi.encode(typeHash, keccak256("Plasma"), keccak256("1"), chainId, verifyingContract));
    }

    function digest(bytes32 separator, bytes32 hashed) internal pure returns (bytes32) {
        return keccak256(abi.encodePacked(hex"1901", separator, hashed));
    }

    function outputId(OutputPreimage memory preimage) internal pure returns (bytes32) {
        return keccak256(abi.encode(preimage.originId, preimage.outputIndex, preimage.output));
    }

    function depositOrigin(uint256 index, uint256 newestBlock) internal pure returns (bytes32) {
        return keccak256(abi.encode("plasma.deposit", index, newestBlock));
    }

    /// @notice Signatures of `digest_` by these keys in the given order, and no conditions.
    function witness(bytes32 digest_, uint256[] memory keys) internal pure returns (bytes memory encoded) {
        encoded = abi.encodePacked(uint8(keys.length));
        for (uint256 i = 0; i < keys.length; ++i) encoded = bytes.concat(encoded, signature(digest_, keys[i]));
        encoded = abi.encodePacked(encoded, uint8(0));
    }

    function signature(bytes32 digest_, uint256 key) internal pure returns (bytes memory) {
        (bytes32 r, bytes32 vs) = vm.signCompact(key, digest_);
        return abi.encodePacked(r, vs);
    }
}
