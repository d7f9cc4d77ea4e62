// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FIRST_OUTPUT_PIECE, INPUT_PIECES, lowestPiece} from "../types/InFlightExit.sol";
import {Output, OutputPreimage} from "../types/Transaction.sol";
import {OutputId} from "./OutputId.sol";
import {SpendProof} from "./SpendProof.sol";
import {TransactionCodec} from "./TransactionCodec.sol";

/// @notice The inputs and outputs of a transaction in flight, by piece.
library Pieces {
    /// @notice Thrown when T has no such piece, or it is not live, or already.
    error PieceUnavailable(uint256 piece);

    /// @notice What the inputs in `pieces` were, in an array of all inputs. `preimages` shows them in order; others are skipped.
    function open(
        bytes calldata body,
        uint256 inputCount,
        uint256 pieces,
        OutputPreimage[] calldata preimages
    ) internal pure returns (Output[] memory inputs) {
        uint256 rest = pieces & INPUT_PIECES;
        if (rest == 0) return inputs;
        inputs = new Output[](inputCount);
        for (uint256 next = 0; rest != 0; rest &= rest - 1) {
            uint256 piece = lowestPiece(rest);
            require(piece < inputCount, PieceUnavailable(piece));
            (, bytes32 outputId) = TransactionCodec.inputAt(body, piece);
            bytes32 shown;
            do {
                require(next < preimages.length, SpendProof.PreimageMismatch(piece));
                (inputs[piece], shown) = OutputId.open(preimages[next++]);
            } while (shown != outputId);
        }
    }

    /// @notice The id of the output that a piece is or spends; `output` is what it holds.
    function outputId(
        uint256 piece,
        bytes32 txId,
        bytes calldata body,
        Output memory output
    ) internal pure returns (bytes32 id) {
        if (piece < FIRST_OUTPUT_PIECE) (, id) = TransactionCodec.inputAt(body, piece);
        else id = OutputId.compute(txId, piece - FIRST_OUTPUT_PIECE, output);
    }

    /// @notice Number of pieces in a set.
    function count(uint256 pieces) internal pure returns (uint256 result) {
        unchecked {
            for (; pieces != 0; pieces &= pieces - 1) ++result;
        }
    }
}
