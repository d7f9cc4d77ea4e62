import type { Address, Hex } from "viem";

/** Hex text as stored bytes. */
export const toBlob = (hex: Hex): Buffer => Buffer.from(hex.slice(2), "hex");

/** Bytes, of the store or of a peer, as lowercase hex text. */
export const toHexText = (bytes: Uint8Array): Hex =>
  `0x${Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString("hex")}`;

/** The first 48 bits of an id: what ids are indexed by in the store. */
export const idPrefix = (id: Hex): number => Number.parseInt(id.slice(2, 14), 16);

/** An address as the program compares it; viem gives it with a checksum. */
export const toLowercase = (address: Address): Address => address.toLowerCase() as Address;
