import * as z from "zod";
import { API_ERRORS, type MethodDefinition } from "./api.ts";

/** The OpenRPC document of a service's API, as `rpc.discover` serves it, built from the schemas that check every call. */
export function openRpcDocument(title: string, version: string, methods: Readonly<Record<string, MethodDefinition>>) {
  return {
    openrpc: "1.3.2",
    info: {
      title,
      version,
      description:
        "JSON-RPC 2.0 over HTTP POST and WebSocket. Amounts, positions and block numbers are hex quantities.",
    },
    methods: Object.entries(methods).map(([name, method]) => ({
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
