import assert from "node:assert/strict";
import { test } from "node:test";
import { network } from "hardhat";
import { fromHex, toHex } from "../../protocol/bytes.ts";
import { portableCrypto } from "../../protocol/hashing.ts";
import { decodeL1Header, encodeL1Header } from "../../protocol/l1Header.ts";
import { expectCode } from "../support/expectCode.ts";

// A fork of each shape of header: London, Shanghai, Cancun and Prague added fields.
for (const hardfork of ["berlin", "london", "shanghai", "cancun", "prague", "osaka"]) {
  test(`the header of a block of ${hardfork} hashes to the hash of the block`, async () => {
    const { provider, close } = await network.create({ network: "node", override: { hardfork } });
    await provider.request({ method: "hardhat_mine", params: ["0x3"] });
    for (const number of ["0x0", "0x1", "latest"]) {
      const block = (await provider.request({ method: "eth_getBlockByNumber", params: [number, false] })) as Block;
      const header = encodeL1Header(block);
      assert.equal(toHex(portableCrypto.keccak256(fromHex(header))), block.hash);
      assert.deepEqual(decodeL1Header(header), {
        stateRoot: block.stateRoot,
        number: BigInt(String(block.number)),
        timestamp: Number(block.timestamp),
      });
    }
    await close();
  });
}

type Block = Readonly<Record<string, unknown>>;

test("what is not the RLP of a header is refused", () => {
  for (const bytes of ["0x", "0x80", "0xc0", "0xff", "0xc3010203", "0xf8"] as const) {
    expectCode("RECEIPT_L1_HEADER_INVALID", () => decodeL1Header(bytes));
  }
});
