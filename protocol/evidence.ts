import { concatHex, type Hex } from "viem";
import type { BlockHeader } from "./block.ts";
import { createReader, createWriter, fromHex, toHex } from "./bytes.ts";
import type { Inclusion } from "./inclusion.ts";
import { encodeOutput, type Output, readOutput } from "./output.ts";
import type { ExitProof } from "./proof.ts";
import type { OutputPreimage, Spend } from "./spend.ts";

/** The packed forms in which the root chain is shown things; docs/protocol.md lists them. */

const HEADER_BYTES = 122;

/** number 8 | parentHash 32 | root 32 | txCount 4 | timestamp 5 | sealedAt 5 | depositCount 4 | depositHash 32. Throws HEX_INVALID, UINT_OUT_OF_RANGE. */
export function encodeHeader(header: BlockHeader): Hex {
  const writer = createWriter(HEADER_BYTES)
    .uint(header.number, 8, "number")
    .hex(header.parentHash, 32, "parentHash")
    .hex(header.root, 32, "root")
    .number(header.txCount, 4, "txCount")
    .number(header.timestamp, 5, "timestamp")
    .number(header.sealedAt, 5, "sealedAt")
    .number(header.depositCount, 4, "depositCount")
    .hex(header.depositHash, 32, "depositHash");
  return toHex(writer.bytes);
}

/** witnessHash 32 | place. Throws like `encodeHeader`. */
export function encodeInclusion(inclusion: Inclusion): Hex {
  return concatHex([inclusion.witnessHash, encodePlace(inclusion)]);
}

/** header 122 | txIndex 4 | path, bottom to top, of the depth that the header's count implies. */
function encodePlace({ header, txIndex, path }: Inclusion): Hex {
  const index = createWriter(4).number(txIndex, 4, "txIndex");
  return concatHex([encodeHeader(header), toHex(index.bytes), ...path]);
}

/** body | inclusion: what created an output. Throws like `encodeHeader`. */
export function encodeSource({ body, inclusion }: { readonly body: Hex; readonly inclusion: Inclusion }): Hex {
  return concatHex([body, encodeInclusion(inclusion)]);
}

/** output | previousDepositHash 32: what created a deposit's output (R4). Throws HEX_INVALID, UINT_OUT_OF_RANGE. */
export function encodeDepositSource(deposit: { readonly output: Output; readonly previousDepositHash: Hex }): Hex {
  return concatHex([toHex(encodeOutput(deposit.output)), deposit.previousDepositHash]);
}

/** What created a proven output: the source that the start of an in-flight exit shows of it. Throws like `encodeHeader`. */
export function encodeProofSource(proof: ExitProof): Hex {
  return proof.kind === "deposit" ? encodeDepositSource(proof) : encodeSource(proof);
}

/** originId 32 | outputIndex 1 | output as in a body, one behind the other. Throws HEX_INVALID, UINT_OUT_OF_RANGE. */
export function encodePreimages(preimages: readonly OutputPreimage[]): Hex {
  return concatHex(
    preimages.flatMap(({ originId, outputIndex, output }) => [
      originId,
      toHex(createWriter(1).number(outputIndex, 1, "outputIndex").bytes),
      toHex(encodeOutput(output)),
    ]),
  );
}

/** The preimages that these bytes encode. Throws TX_TRUNCATED and what reading an output throws. */
export function decodePreimages(bytes: Hex): OutputPreimage[] {
  const reader = createReader(fromHex(bytes), "TX_TRUNCATED");
  const preimages: OutputPreimage[] = [];
  while (reader.remaining() > 0) {
    preimages.push({ originId: reader.hex(32), outputIndex: reader.number(1), output: readOutput(reader) });
  }
  return preimages;
}

/**
 * inputIndex 1 | included 1 | body | witness | preimages of the inputs | [place, if included] | [source], or the sources of all inputs
 * where the output is conditional. Where the output is one of the
 * exiting transaction itself, whose body the call shows already, `source` is its inclusion only. Throws like `encodeHeader`.
 */
export function encodeSpend(spend: Spend, sourceOf: "another" | "exiting" = "another"): Hex {
  const { body, witness, preimages, inputIndex, inclusion, source } = spend;
  const head = createWriter(2)
    .number(inputIndex, 1, "inputIndex")
    .number(inclusion ? 1 : 0, 1, "included");
  const shownSource = source && (sourceOf === "exiting" ? encodeInclusion(source.inclusion) : encodeSource(source));
  return concatHex([
    toHex(head.bytes),
    body,
    witness,
    encodePreimages(preimages),
    inclusion ? encodePlace(inclusion) : "0x",
    ...(spend.inputs?.map(encodeProofSource) ?? [shownSource ?? "0x"]),
  ]);
}
