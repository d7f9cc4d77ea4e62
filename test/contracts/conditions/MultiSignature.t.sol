// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {ConditionFixture} from "./ConditionFixture.sol";

contract MultiSignatureTest is ConditionFixture("MultiSignature.sol:MultiSignature") {
    uint256 private constant MOST_OWNERS = 29;

    function _owners(uint256 count) private pure returns (address[] memory owners) {
        owners = new address[](count);
        for (uint256 i = 0; i < count; ++i) owners[i] = address(uint160(100 * (i + 1)));
    }

    /// @dev Those whose bit is set.
    function _subset(address[] memory accounts, uint256 bits) private pure returns (address[] memory chosen) {
        uint256 count = 0;
        chosen = new address[](accounts.length);
        for (uint256 i = 0; i < accounts.length; ++i) {
            if (bits & (1 << i) != 0) chosen[count++] = accounts[i];
        }
        assembly ("memory-safe") {
            mstore(chosen, count)
        }
    }

    /// @dev A spend with one input of an output without a refund address, signed by these.
    function _question(
        uint256 threshold,
        address[] memory owners,
        address[] memory signers
    ) private view returns (Question memory question) {
        question.payment = _payment(1, 1);
        question.params = abi.encode(threshold, owners);
        question.output = _guarded(address(0), TOKEN, 5, question.params);
        question.signers = signers;
    }

    /// Exactly the subsets of m owners or more, whoever else signs.
    function test_check_everySubsetOfOwners() public view {
        address[] memory accounts = _owners(6);
        address[] memory owners = _subset(accounts, 0x1f); // the sixth is none
        for (uint256 threshold = 1; threshold <= 5; ++threshold) {
            for (uint256 bits = 0; bits < 64; ++bits) {
                Question memory question = _question(threshold, owners, _subset(accounts, bits));
                assertEq(_asks(question), _subset(owners, bits & 0x1f).length >= threshold);
            }
        }
    }

    function testFuzz_check_countsOwnersThatSigned(
        uint256 ownerBits,
        uint256 signerBits,
        uint256 threshold
    ) public view {
        address[] memory accounts = _owners(16);
        address[] memory owners = _subset(accounts, ownerBits & 0xffff);
        threshold = (threshold % 17) + 1;
        uint256 signed = _subset(accounts, ownerBits & signerBits & 0xffff).length;
        assertEq(_asks(_question(threshold, owners, _subset(accounts, signerBits & 0xffff))), signed >= threshold);
    }

    function test_check_withoutThreshold() public view {
        _assertNo(_question(0, _owners(2), _owners(2)));
        _assertNo(_question(0, _owners(0), _owners(0)));
    }

    function test_check_thresholdAboveOwners() public view {
        _assertNo(_question(3, _owners(2), _owners(2)));
        _assertNo(_question(type(uint256).max, _owners(2), _owners(2)));
    }

    /// One signature is one, however often its owner is named.
    function test_check_ownerNamedTwice() public view {
        address[] memory owners = new address[](2);
        (owners[0], owners[1]) = (ALICE, ALICE);
        _assertNo(_question(2, owners, _signers(ALICE)));
        _assertYes(_question(1, owners, _signers(ALICE)));
    }

    /// Owners out of order can only count for less.
    function testFuzz_check_ownersOutOfOrder(address[4] memory named, uint256 bits) public view {
        address[] memory owners = new address[](4);
        for (uint256 i = 0; i < 4; ++i) owners[i] = address(uint160(named[i]) % 5 + 1);
        address[] memory accounts = new address[](5);
        for (uint160 i = 0; i < 5; ++i) accounts[i] = address(i + 1);
        address[] memory signers = _subset(accounts, bits & 0x1f);
        uint256 signed = 0;
        for (uint256 i = 0; i < signers.length; ++i) {
            for (uint256 j = 0; j < 4; ++j) {
                if (owners[j] != signers[i]) continue;
                ++signed;
                break;
            }
        }
        _assertNo(_question(signed + 1, owners, signers));
    }

    /// Who is refunded cannot have been chosen by those who sign: one input, no expiry.
    function test_check_withRefundAddress() public view {
        Question memory question = _question(2, _owners(3), _owners(2));
        question.output.owner = ALICE;
        _assertYes(question);
        question.payment = _payment(2, 1);
        _assertNo(question);
        question.payment = _payment(1, 1);
        question.payment.validBefore = type(uint40).max;
        _assertNo(question);
        question.payment.validBefore = 0;
        question.payment.validAfter = 5;
        _assertYes(question);
        _assertNoForCutBodies(question);
    }

    function test_check_withoutRefundAddress() public view {
        Question memory question = _question(2, _owners(3), _owners(2));
        question.payment = _longestPayment();
        for (question.inputIndex = 0; question.inputIndex < 8; ++question.inputIndex) _assertYes(question);
    }

    /// Whom the output refunds is not thereby an owner.
    function test_check_refundAddressSigns() public view {
        Question memory question = _question(1, _owners(2), _signers(ALICE));
        question.output.owner = ALICE;
        _assertNo(question);
    }

    function test_check_malformedParams() public view {
        Question memory question = _question(1, _owners(2), _owners(2));
        question.params = "";
        _assertNo(question);
        question.params = abi.encode(uint256(1), uint256(64), uint256(2), uint256(100));
        _assertNo(question);
        question.params = abi.encode(uint256(1), uint256(64), uint256(1), uint256(100) | (1 << 160));
        _assertNo(question);
    }

    function test_check_mostOwners() public view {
        address[] memory owners = _owners(MOST_OWNERS);
        assertTrue(abi.encode(uint256(16), owners).length <= 1_024, "fits into params");
        _assertYes(_question(16, owners, _subset(owners, 0x1fffe000)));
    }

    function test_check_gas() public view {
        address[] memory owners = _owners(MOST_OWNERS);
        Question memory question = _question(16, owners, _subset(owners, 0x1fffe000));
        question.payment = _longestPayment();
        _assertGas(question, 19_100);
        question.output.owner = ALICE;
        question.payment.inputs = _payment(1, 1).inputs;
        question.payment.validBefore = 0;
        _assertYes(question);
        _assertGas(question, 22_600);
    }
}
