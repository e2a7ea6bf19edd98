/**
 * Histories as protobuf JSON, the form of `temporal workflow show --output json` (https://protobuf.dev/programming-guides/json). The
 * SDK's own functions for it (@temporalio/common/lib/proto-utils) fail wherever npm gives @temporalio/common and @temporalio/proto a
 * protobufjs each; here both the types and the converter are those of @temporalio/proto.
 */
import { createRequire } from 'node:module';
import * as proto from '@temporalio/proto';
import { patchProtobufRoot } from '@temporalio/proto/lib/patch-protobuf-root';
import type { History } from '../session/history';

/** The part of protobufjs/ext/protojson that is used. */
interface ProtoJson {
  fromJson(type: unknown, json: unknown, options: { readonly ignoreUnknownFields: boolean }): History | null;
  toJson(type: unknown, message: History): { readonly events: readonly unknown[] };
}

const protoJson = createRequire(require.resolve('@temporalio/proto'))('protobufjs/ext/protojson') as ProtoJson;
const root = patchProtobufRoot(proto) as unknown as { lookupType(name: string): unknown };
const HISTORY = root.lookupType('temporal.api.history.v1.History');

export function historyToJson(history: History): { readonly events: readonly unknown[] } {
  return protoJson.toJson(HISTORY, history);
}

/** @throws TypeError for what is no history. */
export function historyFromJson(json: unknown): History {
  const history = protoJson.fromJson(HISTORY, json, { ignoreUnknownFields: true });
  if (!history) throw new TypeError('expected a history: { "events": [...] }');
  return history;
}
