// Generated from contracts/ by `npm run generate`. Do not edit.

export const conditionsAbi = [
  {
    "inputs": [],
    "stateMutability": "nonpayable",
    "type": "constructor"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "size",
        "type": "uint256"
      }
    ],
    "name": "CodeSizeInvalid",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "condition",
        "type": "address"
      }
    ],
    "name": "ConditionExists",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ConditionGasInsufficient",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "inputIndex",
        "type": "uint256"
      }
    ],
    "name": "ConditionMismatch",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "condition",
        "type": "address"
      }
    ],
    "name": "ConditionNotRegistered",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "inputIndex",
        "type": "uint256"
      }
    ],
    "name": "ConditionRefused",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "Create2EmptyBytecode",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "FailedDeployment",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "balance",
        "type": "uint256"
      },
      {
        "internalType": "uint256",
        "name": "needed",
        "type": "uint256"
      }
    ],
    "name": "InsufficientBalance",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "offset",
        "type": "uint256"
      },
      {
        "internalType": "uint256",
        "name": "opcode",
        "type": "uint256"
      }
    ],
    "name": "OpcodeForbidden",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "ProofMalformed",
    "type": "error"
  },
  {
    "inputs": [
      {
        "internalType": "uint256",
        "name": "size",
        "type": "uint256"
      }
    ],
    "name": "TransactionTooLarge",
    "type": "error"
  },
  {
    "inputs": [],
    "name": "WitnessMalformed",
    "type": "error"
  },
  {
    "anonymous": false,
    "inputs": [
      {
        "indexed": true,
        "internalType": "address",
        "name": "condition",
        "type": "address"
      },
      {
        "indexed": false,
        "internalType": "bytes32",
        "name": "codeHash",
        "type": "bytes32"
      },
      {
        "indexed": false,
        "internalType": "uint64",
        "name": "newestBlock",
        "type": "uint64"
      }
    ],
    "name": "ConditionRegistered",
    "type": "event"
  },
  {
    "inputs": [
      {
        "internalType": "bytes",
        "name": "code",
        "type": "bytes"
      }
    ],
    "name": "addressOf",
    "outputs": [
      {
        "internalType": "address",
        "name": "",
        "type": "address"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes",
        "name": "code",
        "type": "bytes"
      }
    ],
    "name": "register",
    "outputs": [
      {
        "internalType": "address",
        "name": "condition",
        "type": "address"
      }
    ],
    "stateMutability": "nonpayable",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "address",
        "name": "condition",
        "type": "address"
      }
    ],
    "name": "registrationOf",
    "outputs": [
      {
        "internalType": "bytes32",
        "name": "codeHash",
        "type": "bytes32"
      },
      {
        "internalType": "uint64",
        "name": "newestBlock",
        "type": "uint64"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  },
  {
    "inputs": [
      {
        "internalType": "bytes",
        "name": "body",
        "type": "bytes"
      },
      {
        "internalType": "bytes",
        "name": "witness",
        "type": "bytes"
      },
      {
        "internalType": "bytes",
        "name": "preimages",
        "type": "bytes"
      },
      {
        "internalType": "address[]",
        "name": "signers",
        "type": "address[]"
      }
    ],
    "name": "requireAllowed",
    "outputs": [
      {
        "internalType": "uint64",
        "name": "newest",
        "type": "uint64"
      }
    ],
    "stateMutability": "view",
    "type": "function"
  }
] as const;

export const conditionAbi = [
  {
    "inputs": [
      {
        "internalType": "bytes",
        "name": "body",
        "type": "bytes"
      },
      {
        "internalType": "uint256",
        "name": "inputIndex",
        "type": "uint256"
      },
      {
        "components": [
          {
            "internalType": "address",
            "name": "owner",
            "type": "address"
          },
          {
            "internalType": "address",
            "name": "token",
            "type": "address"
          },
          {
            "internalType": "uint128",
            "name": "amount",
            "type": "uint128"
          },
          {
            "internalType": "bytes32",
            "name": "condition",
            "type": "bytes32"
          }
        ],
        "internalType": "struct Output",
        "name": "output",
        "type": "tuple"
      },
      {
        "internalType": "address[]",
        "name": "signers",
        "type": "address[]"
      },
      {
        "internalType": "bytes",
        "name": "params",
        "type": "bytes"
      },
      {
        "internalType": "bytes",
        "name": "args",
        "type": "bytes"
      }
    ],
    "name": "check",
    "outputs": [
      {
        "internalType": "bool",
        "name": "",
        "type": "bool"
      }
    ],
    "stateMutability": "pure",
    "type": "function"
  }
] as const;
