import * as z from "zod";
import { API_ERRORS, API_METHODS } from "./api.ts";

/** The OpenRPC document of the API, as `rpc.discover` serves it, built from the schemas that check every call. */
export function openRpcDocument(version: string) {
  return {
    openrpc: "1.3.2",
    info: {
      title: "Plasma operator",
      version,
      description:
        "JSON-RPC 2.0 over HTTP POST and WebSocket. Amounts, positions and block numbers are hex quantities.",
    },
    methods: Object.entries(API_METHODS).map(([name, method]) => ({
      name,
      summary: method.summary,
      paramStructure: "by-position",
      params: method.params.def.items.map((schema, index) => ({
        name: method.paramNames[index],
        required: !schema.safeParse(undefined).success,
        schema: jsonSchema(schema),
      })),
      result: { name: "result", schema: jsonSchema(method.result) },
    })),
    components: {
      errors: Object.fromEntries(
        Object.entries(API_ERRORS).map(([name, [code, message]]) => [name, { code, message, data: { code: name } }]),
      ),
    },
  };
}

function jsonSchema(schema: z.core.$ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, { io: "input", target: "draft-7" });
}
