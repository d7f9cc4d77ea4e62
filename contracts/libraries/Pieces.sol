// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {FIRST_OUTPUT_PIECE, INPUT_PIECES, lowestPiece} from "../types/InFlightExit.sol";
import {Output, Transaction} from "../types/Transaction.sol";
import {OutputId} from "./OutputId.sol";
import {SpendProof} from "./SpendProof.sol";
import {TransactionCodec} from "./TransactionCodec.sol";

/// @notice The inputs and outputs of a transaction in flight, by piece.
library Pieces {
    /// @notice Thrown when T has no such piece, or it is not live, or already.
    error PieceUnavailable(uint256 piece);

    /// @notice What the inputs in `pieces` were, in an array of all inputs. `preimages` shows them in order; others are skipped.
    function open(
        Transaction memory transaction,
        uint256 pieces,
        bytes calldata preimages
    ) internal pure returns (Output[] memory inputs) {
        uint256 rest = pieces & INPUT_PIECES;
        if (rest == 0) return inputs;
        inputs = new Output[](transaction.inputCount);
        uint256 cursor = TransactionCodec.start(preimages);
        uint256 end = cursor + preimages.length;
        for (; rest != 0; rest &= rest - 1) {
            uint256 piece = lowestPiece(rest);
            require(piece < inputs.length, PieceUnavailable(piece));
            (, bytes32 outputId) = TransactionCodec.inputAt(transaction, piece);
            bytes32 shown;
            do {
                require(cursor < end, SpendProof.PreimageMismatch(piece));
                (shown, cursor) = OutputId.readPreimage(inputs, piece, cursor);
            } while (shown != outputId);
        }
    }

    /// @notice The id of the output that a piece of T is or spends; `output` is what it holds.
    function idOf(
        uint256 piece,
        bytes32 txId,
        Transaction memory transaction,
        Output memory output
    ) internal pure returns (bytes32 id) {
        if (piece < FIRST_OUTPUT_PIECE) (, id) = TransactionCodec.inputAt(transaction, piece);
        else id = OutputId.compute(txId, piece - FIRST_OUTPUT_PIECE, output);
    }

    /// @notice Number of pieces in a set.
    function count(uint256 pieces) internal pure returns (uint256 result) {
        unchecked {
            for (; pieces != 0; pieces &= pieces - 1) ++result;
        }
    }
}
