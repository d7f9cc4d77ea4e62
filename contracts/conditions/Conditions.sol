// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Create2} from "@openzeppelin/contracts/utils/Create2.sol";
import {IConditions} from "../interfaces/IConditions.sol";
import {IRootChain} from "../interfaces/IRootChain.sol";
import {OutputId} from "../libraries/OutputId.sol";
import {PureCode} from "../libraries/PureCode.sol";
import {SpendProof} from "../libraries/SpendProof.sol";
import {TransactionCodec} from "../libraries/TransactionCodec.sol";
import {Output} from "../types/Transaction.sol";
import {ICondition} from "./ICondition.sol";

/// @notice Registry and runner of spending conditions; see IConditions for what each function promises.
///
/// Why the code of a condition can never change: it is put there by this contract, by creation code that copies it and does nothing else.
/// Nobody's constructor runs at its address, which could have the new account destroyed at the end of the transaction (EIP-6780)
/// and so have other code deployed there later; and the code itself has no opcode that destroys, creates or runs foreign code. The address
/// follows from the code, so that who registers it does not matter.
contract Conditions is IConditions {
    /// @dev One slot per condition.
    struct Registration {
        bool exists;
        uint64 newestBlock;
    }

    /// Gas of every call of a condition. Nodes refuse transactions whose conditions take more than a fifth of this together, so an L1 that
    /// charges five times as much for the same code still agrees with them (R15).
    uint256 private constant CHECK_GAS = 1_000_000;

    /// What must be left so that a call gets CHECK_GAS (EIP-150 keeps 1/64), and 5,000 for the way there: 2,600 to touch the condition.
    uint256 private constant GAS_NEEDED = (CHECK_GAS * 64) / 63 + 5_000;

    /// Most bytes of params, and of args (R6).
    uint256 private constant MAX_REVEAL_BYTES = 1_024;

    uint256 private constant SIGNATURE_BYTES = 64;

    IRootChain private immutable _rootChain;
    mapping(address condition => Registration) private _registrations;

    /// @dev The creator is the root chain. The opcode CLZ is younger than the others that are allowed, so this fails on a chain where
    /// registered code could later change its answer because CLZ came to be.
    constructor() {
        _rootChain = IRootChain(msg.sender);
        uint256 zeros;
        assembly ("memory-safe") {
            zeros := clz(1)
        }
        assert(zeros == 255);
    }

    /// @inheritdoc IConditions
    function register(bytes calldata code) external returns (address condition) {
        PureCode.requirePure(code);
        bytes memory creationCode = _creationCode(code);
        condition = Create2.computeAddress(0, keccak256(creationCode));
        require(!_registrations[condition].exists, ConditionExists(condition));
        uint64 newest = _rootChain.newestBlock();
        _registrations[condition] = Registration(true, newest);
        Create2.deploy(0, 0, creationCode);
        emit ConditionRegistered(condition, keccak256(code), newest);
    }

    /// @inheritdoc IConditions
    function addressOf(bytes calldata code) external view returns (address) {
        return Create2.computeAddress(0, keccak256(_creationCode(code)));
    }

    /// @inheritdoc IConditions
    function registrationOf(address condition) external view returns (bytes32 codeHash, uint64 newestBlock) {
        Registration memory registration = _registrations[condition];
        if (registration.exists) return (condition.codehash, registration.newestBlock);
    }

    /// @inheritdoc IConditions
    function requireAllowed(
        bytes calldata body,
        bytes calldata witness,
        bytes calldata preimages,
        address[] calldata signers
    ) external view returns (uint64 newest) {
        uint256 size = body.length + witness.length;
        require(size <= TransactionCodec.MAX_TRANSACTION_BYTES, TransactionTooLarge(size));
        uint256 preimage = TransactionCodec.start(preimages);
        uint256 reveals = TransactionCodec.start(witness);
        // Cursors into calldata move by 2 KB at most.
        unchecked {
            reveals += 1 + TransactionCodec.read(reveals, 1) * SIGNATURE_BYTES;
            uint256 pending = TransactionCodec.read(reveals++, 1);
            uint256 inputCount = uint8(body[1]);
            Output[] memory spent = new Output[](1);
            for (uint256 i = 0; i < inputCount; ++i) {
                (, preimage) = OutputId.readPreimage(spent, 0, preimage);
                if (spent[0].condition == 0) continue;
                require(pending-- != 0, TransactionCodec.WitnessMalformed());
                uint64 registered;
                (registered, reveals) = _requireYes(body, i, spent[0], signers, reveals);
                if (registered > newest) newest = registered;
            }
            require(
                pending == 0 && reveals == TransactionCodec.start(witness) + witness.length,
                TransactionCodec.WitnessMalformed()
            );
        }
        require(preimage == TransactionCodec.start(preimages) + preimages.length, SpendProof.ProofMalformed());
    }

    /// @dev Reads what is revealed for one input at `cursor`, and asks its condition.
    function _requireYes(
        bytes calldata body,
        uint256 inputIndex,
        Output memory output,
        address[] calldata signers,
        uint256 cursor
    ) private view returns (uint64 newestBlock, uint256 end) {
        unchecked {
            require(TransactionCodec.read(cursor, 1) == inputIndex, TransactionCodec.WitnessMalformed());
            address condition = address(uint160(TransactionCodec.read(cursor + 1, 20)));
            bytes calldata params;
            bytes calldata args;
            (params, end) = _readBytes(cursor + 21);
            (args, end) = _readBytes(end);
            require(keccak256(abi.encode(condition, params)) == output.condition, ConditionMismatch(inputIndex));
            Registration memory registration = _registrations[condition];
            require(registration.exists, ConditionNotRegistered(condition));
            newestBlock = registration.newestBlock;
            require(
                _ask(condition, abi.encodeCall(ICondition.check, (body, inputIndex, output, signers, params, args))),
                ConditionRefused(inputIndex)
            );
        }
    }

    /// @dev Reads length 2 | bytes.
    function _readBytes(uint256 cursor) private pure returns (bytes calldata data, uint256 end) {
        unchecked {
            uint256 length = TransactionCodec.read(cursor, 2);
            require(length <= MAX_REVEAL_BYTES, TransactionCodec.WitnessMalformed());
            end = cursor + 2 + length;
            assembly ("memory-safe") {
                data.offset := add(cursor, 2)
                data.length := length
            }
        }
    }

    /// @dev Yes is success with exactly one word, which is 1. Nothing more than that word is copied from what comes back.
    function _ask(address condition, bytes memory data) private view returns (bool yes) {
        require(gasleft() >= GAS_NEEDED, ConditionGasInsufficient());
        assembly ("memory-safe") {
            yes := staticcall(CHECK_GAS, condition, add(data, 0x20), mload(data), 0, 0x20)
            yes := and(yes, and(eq(returndatasize(), 0x20), eq(mload(0), 1)))
        }
    }

    /// @dev Code that makes `code` the code of a new account: PUSH2 length, DUP1, PUSH1 10, PUSH0, CODECOPY, PUSH0, RETURN, and behind
    /// these 10 bytes the code.
    function _creationCode(bytes calldata code) private pure returns (bytes memory) {
        return bytes.concat(hex"61", bytes2(uint16(code.length)), hex"80600a5f395ff3", code);
    }
}
