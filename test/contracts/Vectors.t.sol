// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockHeader} from "../../contracts/types/Block.sol";
import {Position} from "../../contracts/types/Position.sol";
import {FeeClaim, Output} from "../../contracts/types/Transaction.sol";
import {BlockInclusion} from "../../contracts/libraries/BlockInclusion.sol";
import {TransactionCodec} from "../../contracts/libraries/TransactionCodec.sol";
import {ProtocolHarness} from "./harness/ProtocolHarness.sol";
import {shownAt} from "./support/ShownAt.sol";
import {VectorFile, vmJson} from "./support/VectorFile.sol";

/// @notice The vectors of test/vectors, which the TypeScript implementation wrote, judged by the libraries (I7).
contract VectorsTest is VectorFile {
    ProtocolHarness private _harness = new ProtocolHarness();

    function test_positions_packAlike() public {
        _open("ids");
        uint256 rows = 0;
        for (; _next("positions", rows); ++rows) {
            Position packed = Position.wrap(uint104(_uint("position")));
            (uint64 block_, uint32 txIndex, uint8 outputIndex) = _harness.positionParts(packed);
            _same(block_, _uint("block"));
            _same(txIndex, _uint("txIndex"));
            _same(outputIndex, _uint("outputIndex"));
            _same(Position.unwrap(_harness.position(block_, txIndex, outputIndex)), Position.unwrap(packed));
        }
        require(rows >= 6, "no positions");
    }

    function test_deposits_chainAlike() public {
        _open("ids");
        uint256 rows = 0;
        for (; _next("deposits", rows); ++rows) {
            uint32 index = uint32(_uint("index"));
            uint64 newestBlock = uint64(_uint("block"));
            Output memory output = Output(_address("owner"), _address("token"), uint128(_uint("amount")), 0);
            bytes32 originId = _harness.depositOrigin(index, newestBlock);
            bytes32 outputId = _harness.outputId(originId, 0, output);
            _same(originId, _bytes32("originId"));
            _same(outputId, _bytes32("outputId"));
            _same(_harness.chainDeposit(_bytes32("previousDepositHash"), outputId), _bytes32("depositHash"));
            _same(Position.unwrap(_harness.positionOfDeposit(index, newestBlock)), _uint("position"));
        }
        require(rows >= 4, "no deposits");
    }

    function test_outputs_hashAlike() public {
        _open("ids");
        uint256 rows = 0;
        for (; _next("outputs", rows); ++rows) {
            Output memory output = Output(
                _address("owner"),
                _address("token"),
                uint128(_uint("amount")),
                _bytes32("condition")
            );
            _same(
                _harness.outputId(_bytes32("originId"), uint8(_uint("outputIndex")), output),
                _bytes32("outputId")
            );
        }
        require(rows >= 4, "no outputs");
    }

    function test_transactions_decodeAlike() public {
        _open("transactions");
        bytes32 separator = vmJson.parseJsonBytes32(_json, ".domainSeparator");
        uint256 rows = 0;
        for (; _next("transactions", rows); ++rows) {
            (ProtocolHarness.WholeTransaction memory transaction, bytes32 structHash) = _harness.transaction(_bytes("body"));
            bytes32 txId = keccak256(abi.encodePacked(hex"1901", separator, structHash));
            _same(txId, _bytes32("txId"));
            _same(transaction.inputs.length, _uint("inputCount"));
            _same(transaction.outputs.length, _uint("outputCount"));
            _same(transaction.memo, _bytes32("memo"));
            _same(transaction.validAfter, _uint("validAfter"));
            _same(transaction.validBefore, _uint("validBefore"));
            bytes memory witness = _bytes("witness");
            _same(keccak256(witness), _bytes32("witnessHash"));
            address[] memory signers = vmJson.parseJsonAddressArray(_json, string.concat(_row, "signers"));
            _same(keccak256(abi.encode(_harness.signers(witness, txId))), keccak256(abi.encode(signers)));
        }
        require(rows >= 5, "no transactions");
    }

    function test_feeClaims_decodeAlike() public {
        _open("transactions");
        bytes32 separator = vmJson.parseJsonBytes32(_json, ".domainSeparator");
        uint256 rows = 0;
        for (; _next("feeClaims", rows); ++rows) {
            (FeeClaim memory claim, bytes32 structHash) = _harness.feeClaim(_bytes("body"));
            _same(keccak256(abi.encodePacked(hex"1901", separator, structHash)), _bytes32("claimId"));
            _same(claim.blockNumber, _uint("blockNumber"));
            _same(uint160(claim.token), uint160(_address("token")));
            _same(uint160(claim.owner), uint160(_address("owner")));
            _same(claim.amount, _uint("amount"));
        }
        require(rows >= 2, "no fee claims");
    }

    function test_paths_leadToTheRootAlike() public {
        _open("blocks");
        uint256 rows = 0;
        for (; _next("paths", rows); ++rows) {
            bytes32[] memory path = vmJson.parseJsonBytes32Array(_json, string.concat(_row, "path"));
            _same(this.rootOf(_bytes32("txId"), _bytes32("witnessHash"), _uint("index"), path), _bytes32("root"));
        }
        require(rows >= 10, "no paths");
    }

    function test_headers_hashAlike() public {
        _open("blocks");
        uint256 rows = 0;
        for (; _next("headers", rows); ++rows) {
            uint64 number = uint64(_uint("number"));
            BlockHeader memory header = BlockHeader(
                number,
                _bytes32("parentHash"),
                _bytes32("root"),
                uint32(_uint("txCount")),
                uint40(_uint("timestamp")),
                uint40(_uint("sealedAt")),
                uint32(_uint("depositCount")),
                _bytes32("depositHash")
            );
            // Block 0 was never committed: its hash is zero by definition (R3).
            _same(number == 0 ? bytes32(0) : _harness.headerHash(header), _bytes32("hash"));
        }
        require(rows >= 4, "no headers");
    }

    function test_exits_orderAlike() public {
        _open("exits");
        uint256 rows = 0;
        for (; _next("times", rows); ++rows) {
            uint256 startedAt = _uint("startedAt");
            uint256 period = _uint("minExitPeriod");
            _same(_harness.exitableAt(_uint("blockTimestamp"), startedAt, period), _uint("exitableAt"));
            _same(_harness.depositExitableAt(startedAt, period), _uint("depositExitableAt"));
        }
        require(rows >= 7, "no times");
        for (rows = 0; _next("orderKeys", rows); ++rows) {
            Position position = Position.wrap(uint104(_uint("position")));
            _same(_harness.orderKey(0, uint40(_uint("exitableAt")), position), _uint("orderKey"));
        }
        require(rows >= 3, "no order keys");
    }

    function test_rejected_areRefused() public {
        _open("rejected");
        bytes32 txId = vmJson.parseJsonBytes32(_json, ".witnessTxId");
        uint256 rows = 0;
        for (; _next("bodies", rows); ++rows) {
            bytes memory body = _bytes("bytes");
            vmJson.expectRevert(TransactionCodec.TransactionMalformed.selector);
            _harness.transaction(body);
        }
        require(rows >= 20, "no bodies");
        for (rows = 0; _next("feeClaims", rows); ++rows) {
            bytes memory body = _bytes("bytes");
            vmJson.expectRevert(TransactionCodec.TransactionMalformed.selector);
            _harness.feeClaim(body);
        }
        require(rows >= 6, "no fee claims");
        for (rows = 0; _next("witnesses", rows); ++rows) {
            bytes memory witness = _bytes("bytes");
            vmJson.expectRevert(TransactionCodec.WitnessMalformed.selector);
            _harness.signers(witness, txId);
        }
        require(rows >= 13, "no witnesses");
    }

    function rootOf(
        bytes32 txId,
        bytes32 witnessHash,
        uint256 index,
        bytes32[] calldata path
    ) external pure returns (bytes32) {
        return BlockInclusion.rootOf(txId, shownAt(index, witnessHash, path));
    }
}
