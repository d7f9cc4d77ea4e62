// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {BlockInclusion} from "../../contracts/libraries/BlockInclusion.sol";
import {OutputId} from "../../contracts/libraries/OutputId.sol";
import {TransactionCodec} from "../../contracts/libraries/TransactionCodec.sol";
import {BlockHeader, Inclusion as ReadInclusion} from "../../contracts/types/Block.sol";
import {Output} from "../../contracts/types/Transaction.sol";
import {Assertions} from "./support/Assertions.sol";
import {Encoding, Inclusion, OutputPreimage} from "./support/Encoding.sol";
import {shownAt} from "./support/ShownAt.sol";
import {MerkleTree} from "./support/MerkleTree.sol";
import {vm} from "./support/Vm.sol";

contract BlockInclusionTest is Assertions {
    bytes32 private constant WITNESS_HASH = keccak256("witness");

    mapping(uint256 number => bytes32) private _blockHashes;

    function requireIncluded(bytes calldata shown, bytes32 txId) external view {
        ReadInclusion memory inclusion;
        uint256 start = TransactionCodec.start(shown);
        require(BlockInclusion.readInclusion(inclusion, start) == start + shown.length, "another length");
        BlockInclusion.requireIncluded(_blockHashes, inclusion, txId);
    }

    function hashRead(bytes calldata shown) external pure returns (bytes32) {
        BlockHeader memory header;
        BlockInclusion.readHeader(header, TransactionCodec.start(shown));
        return BlockInclusion.hash(header);
    }

    function readPreimage(bytes calldata shown) external pure returns (Output memory, bytes32 id, uint256 length) {
        Output[] memory outputs = new Output[](1);
        uint256 end;
        (id, end) = OutputId.readPreimage(outputs, 0, TransactionCodec.start(shown));
        require(end == OutputId.skipPreimage(TransactionCodec.start(shown)), "ends twice");
        return (outputs[0], id, end - TransactionCodec.start(shown));
    }

    function writePreimage(bytes32 originId, uint8 outputIndex, Output memory output) external pure returns (bytes memory) {
        bytes memory written = new bytes(OutputId.MAX_PREIMAGE_BYTES);
        uint256 start;
        assembly ("memory-safe") {
            start := add(written, 0x20)
        }
        uint256 end = OutputId.writePreimage(start, originId, outputIndex, output);
        assembly ("memory-safe") {
            mstore(written, sub(end, start))
        }
        return written;
    }

    function rootOf(
        bytes32 txId,
        bytes32 witnessHash,
        uint256 index,
        bytes32[] calldata path
    ) external pure returns (bytes32) {
        return BlockInclusion.rootOf(txId, shownAt(index, witnessHash, path));
    }

    function _txId(uint256 index) private pure returns (bytes32) {
        return keccak256(abi.encode("transaction", index));
    }

    function _leaves(uint256 count) private pure returns (bytes32[] memory leaves) {
        leaves = new bytes32[](count);
        for (uint256 i = 0; i < count; ++i) leaves[i] = MerkleTree.leaf(_txId(i), WITNESS_HASH);
    }

    /// @dev The inclusion of the `index`-th of `count` transactions in a block that is committed.
    function _commit(uint256 count, uint256 index) private returns (Inclusion memory inclusion) {
        (bytes32 root, bytes32[] memory path) = MerkleTree.prove(_leaves(count), index);
        BlockHeader memory header = BlockHeader(7, keccak256("parent"), root, uint32(count), 10, 9, 0, 0);
        inclusion = Inclusion(header, uint32(index), WITNESS_HASH, path);
        _blockHashes[7] = keccak256(abi.encode(header));
    }

    function _isIncluded(Inclusion memory inclusion, bytes32 txId) private view returns (bool) {
        try this.requireIncluded(Encoding.inclusion(inclusion), txId) {
            return true;
        } catch (bytes memory reason) {
            bytes4 selector = bytes4(reason);
            require(
                selector == BlockInclusion.NotIncluded.selector ||
                    selector == BlockInclusion.BlockUnknown.selector ||
                    keccak256(reason) == keccak256(abi.encodeWithSignature("Error(string)", "another length")),
                "refused for another reason"
            );
            return false;
        }
    }

    /// Every leaf of blocks of every size stands where it stands, and nowhere else.
    function test_requireIncluded_everyLeafOfSmallBlocks() public {
        for (uint256 count = 1; count <= 9; ++count) {
            for (uint256 index = 0; index < count; ++index) {
                Inclusion memory inclusion = _commit(count, index);
                for (uint32 shown = 0; shown < 17; ++shown) {
                    inclusion.txIndex = shown;
                    assertEq(_isIncluded(inclusion, _txId(index)), shown == index);
                }
            }
        }
    }

    function testFuzz_requireIncluded(uint16 size, uint16 place) public {
        uint256 count = (size % 200) + 1;
        uint256 index = place % count;
        this.requireIncluded(Encoding.inclusion(_commit(count, index)), _txId(index));
    }

    /// Flip any bit of leaf, index, path, root, count or any other field of the header: refused.
    function testFuzz_requireIncluded_withAnyBitFlipped(uint16 size, uint16 place, uint256 bit) public {
        uint256 count = (size % 200) + 1;
        uint256 index = place % count;
        Inclusion memory inclusion = _commit(count, index);
        bytes32 txId = _txId(index);
        uint256 depth = inclusion.path.length;
        uint256 word = (bit >> 8) % (depth + 11);
        bytes32 mask = bytes32(1 << (bit & 0xff));
        if (word < depth) inclusion.path[word] ^= mask;
        else if (word == depth) txId ^= mask;
        else if (word == depth + 1) inclusion.witnessHash ^= mask;
        else if (word == depth + 2) inclusion.txIndex ^= uint32(1 << (bit & 31));
        else {
            // A field narrower than a word flips one of its own bits.
            uint16[8] memory bits = [64, 256, 256, 32, 40, 40, 32, 256];
            bytes32[8] memory words = abi.decode(abi.encode(inclusion.header), (bytes32[8]));
            uint256 field = word - depth - 3;
            words[field] ^= bytes32(1 << ((bit & 0xff) % bits[field]));
            inclusion.header = abi.decode(abi.encode(words), (BlockHeader));
        }
        assertEq(_isIncluded(inclusion, txId), false);
    }

    /// A Merkle index beyond the tree that aliases another leaf: the bits above the depth are not free.
    function test_requireIncluded_atAnIndexBeyondTheTree() public {
        Inclusion memory inclusion = _commit(4, 1);
        for (uint256 shift = 2; shift < 32; ++shift) {
            inclusion.txIndex = uint32(1 | (1 << shift));
            assertEq(_isIncluded(inclusion, _txId(1)), false);
        }
    }

    /// An inner node shown as a leaf: its preimage starts with another byte.
    function test_requireIncluded_ofAnInnerNode() public {
        Inclusion memory inclusion = _commit(4, 0);
        bytes32[] memory leaves = _leaves(4);
        bytes32[] memory path = new bytes32[](1);
        path[0] = MerkleTree.node(leaves[2], leaves[3]);
        inclusion.path = path;
        inclusion.witnessHash = leaves[1];
        assertEq(_isIncluded(inclusion, leaves[0]), false);
        // Even where the count would allow the shorter path.
        inclusion.header.txCount = 2;
        _blockHashes[7] = keccak256(abi.encode(inclusion.header));
        assertEq(_isIncluded(inclusion, leaves[0]), false);
    }

    /// The padding is no transaction, and stands at no index below the count.
    function test_requireIncluded_ofPadding() public {
        Inclusion memory inclusion = _commit(3, 2);
        inclusion.txIndex = 3;
        inclusion.witnessHash = 0;
        inclusion.path[0] = _leaves(3)[2];
        assertEq(_isIncluded(inclusion, 0), false);
    }

    /// The path has exactly the depth that the count implies.
    function test_requireIncluded_withAnotherDepth() public {
        Inclusion memory inclusion = _commit(5, 0);
        bytes32[] memory path = inclusion.path;
        inclusion.path = new bytes32[](4);
        for (uint256 i = 0; i < 3; ++i) inclusion.path[i] = path[i];
        inclusion.header.root = MerkleTree.node(inclusion.header.root, 0);
        _blockHashes[7] = keccak256(abi.encode(inclusion.header));
        assertEq(_isIncluded(inclusion, _txId(0)), false);
        inclusion.header.txCount = 8;
        _blockHashes[7] = keccak256(abi.encode(inclusion.header));
        assertEq(_isIncluded(inclusion, _txId(0)), false);
        inclusion.header.txCount = 9;
        _blockHashes[7] = keccak256(abi.encode(inclusion.header));
        assertEq(_isIncluded(inclusion, _txId(0)), true);
        inclusion.path = new bytes32[](2);
        assertEq(_isIncluded(inclusion, _txId(0)), false);
    }

    function test_requireIncluded_inAnEmptyBlock() public {
        Inclusion memory inclusion = _commit(1, 0);
        inclusion.header.txCount = 0;
        _blockHashes[7] = keccak256(abi.encode(inclusion.header));
        assertEq(_isIncluded(inclusion, _txId(0)), false);
    }

    /// Nothing was committed under number 0, whose record is zero.
    function test_requireIncluded_inBlockZero() public {
        Inclusion memory inclusion = _commit(1, 0);
        inclusion.header.number = 0;
        _blockHashes[0] = keccak256(abi.encode(inclusion.header));
        vm.expectRevert(abi.encodeWithSelector(BlockInclusion.BlockUnknown.selector, 0));
        this.requireIncluded(Encoding.inclusion(inclusion), _txId(0));
    }

    /// A full block's path has 20 levels, and none has more.
    function test_requireIncluded_inAFullBlock() public {
        Inclusion memory inclusion;
        inclusion.path = new bytes32[](20);
        inclusion.txIndex = 2 ** 20 - 1;
        bytes32 root = this.rootOf(_txId(0), 0, inclusion.txIndex, inclusion.path);
        inclusion.header = BlockHeader(7, 0, root, 2 ** 20, 10, 9, 0, 0);
        _blockHashes[7] = keccak256(abi.encode(inclusion.header));
        assertEq(_isIncluded(inclusion, _txId(0)), true);
        inclusion.path = new bytes32[](21);
        assertEq(_isIncluded(inclusion, _txId(0)), false);
    }

    // ---------------------------------------------------------------- the assembly's plain twins

    function testFuzz_rootOf_isWhatThePlainTreeHas(uint16 size, uint16 place) public view {
        uint256 count = (size % 200) + 1;
        uint256 index = place % count;
        (bytes32 root, bytes32[] memory path) = MerkleTree.prove(_leaves(count), index);
        assertEq(this.rootOf(_txId(index), WITNESS_HASH, index, path), root);
    }

    function testFuzz_hash_isThatOfTheEncodedHeader(BlockHeader calldata header) public view {
        bytes32 encoded = keccak256(abi.encode(header));
        assertEq(BlockInclusion.hash(header), encoded);
        assertEq(this.hashRead(Encoding.header(header)), encoded);
    }

    function testFuzz_outputId_isThatOfTheEncodedPreimage(OutputPreimage calldata preimage) public view {
        bytes32 encoded = Encoding.outputId(preimage);
        Output memory output = preimage.output;
        OutputPreimage[] memory preimages = new OutputPreimage[](1);
        preimages[0] = preimage;
        bytes memory packed = Encoding.preimages(preimages);
        (Output memory read, bytes32 id, uint256 length) = this.readPreimage(packed);
        assertEq(id, encoded);
        assertEq(length, packed.length);
        assertEq(keccak256(abi.encode(read)), keccak256(abi.encode(output)));
        assertEq(keccak256(this.writePreimage(preimage.originId, preimage.outputIndex, output)), keccak256(packed));
        assertEq(OutputId.compute(preimage.originId, preimage.outputIndex, output), encoded);
    }
}
