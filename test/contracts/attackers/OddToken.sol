// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IRootChain} from "../../../contracts/interfaces/IRootChain.sol";

/// @notice An ERC-20 that behaves as it is told, in `transfer` and `transferFrom` alike. Where it says no it moves nothing.
contract OddToken {
    enum Manner {
        Honest,
        NoReturnValue,
        TakesFee,
        ReturnsFalse,
        Reverts,
        ReturnsGarbage,
        ReturnsOneByte,
        BurnsGas,
        NeedsGas,
        Bombs,
        Reenters,
        ClaimsToHoldMore
    }

    Manner public manner;
    mapping(address account => uint256) private _balances;
    mapping(address account => bool) public isBlacklisted;
    IRootChain private _rootChain;
    bytes private _attack;
    bool public called;
    bool public succeeded;
    bytes4 public answer;

    /// What a thirsty token burns in a transfer that succeeds.
    uint256 private constant NEEDS = 450_000;

    /// What a fee-taking token keeps, in percent.
    uint256 public constant FEE = 3;

    function behave(Manner next) external {
        manner = next;
    }

    function blacklist(address account) external {
        isBlacklisted[account] = true;
    }

    function prepare(IRootChain rootChain, bytes calldata attack) external {
        (_rootChain, _attack, manner) = (rootChain, attack, Manner.Reenters);
    }

    function mint(address account, uint256 amount) external {
        _balances[account] += amount;
    }

    function balanceOf(address account) external view returns (uint256) {
        return _balances[account] + (manner == Manner.ClaimsToHoldMore && called ? 1 << 129 : 0);
    }

    function transfer(address to, uint256 amount) external {
        _answer(msg.sender, to, amount);
    }

    function transferFrom(address from, address to, uint256 amount) external {
        _answer(from, to, amount);
    }

    function _answer(address from, address to, uint256 amount) private {
        uint256 gasAtStart = gasleft();
        Manner how = manner;
        if (how == Manner.Reverts || isBlacklisted[to]) revert("no");
        if (how == Manner.BurnsGas) while (true) {}
        if (how == Manner.Bombs) _leave(false, 0, 1_000_000);
        if (how == Manner.ReturnsFalse) _leave(true, 0, 32);
        if (how == Manner.ReturnsGarbage) _leave(true, type(uint256).max, 32);
        if (how == Manner.ReturnsOneByte) _leave(true, 1 << 248, 1);
        if (how == Manner.ClaimsToHoldMore) called = true;
        if (how == Manner.Reenters) {
            (bool success, bytes memory result) = address(_rootChain).call(_attack);
            (called, succeeded, answer) = (true, success, bytes4(result));
        }
        _balances[from] -= amount;
        _balances[to] += how == Manner.TakesFee ? amount - (amount * FEE) / 100 : amount;
        while (how == Manner.NeedsGas && gasAtStart - gasleft() < NEEDS) {}
        if (how == Manner.NoReturnValue) _leave(true, 0, 0);
        _leave(true, 1, 32);
    }

    function _leave(bool success, uint256 word, uint256 size) private pure {
        assembly ("memory-safe") {
            let free := mload(0x40)
            mstore(free, word)
            if success {
                return(free, size)
            }
            revert(free, size)
        }
    }
}
