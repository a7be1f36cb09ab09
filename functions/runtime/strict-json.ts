import { type DocumentNode, parse, type ValueNode } from '@humanwhocodes/momoa';

/**
 * JSON as RFC 8259 means it, from raw bytes: UTF-8 without faults, no member named twice (which of the two would
 * count?). `JSON.parse` lets both pass.
 * @returns undefined for anything else.
 */
export function strictJson(bytes: Uint8Array): { readonly value: unknown } | undefined {
  try {
    const text = utf8.decode(bytes);
    // Its own parser first: it is stricter in grammar and many times faster on what is none.
    JSON.parse(text);
    return { value: contentOf((parse(text, { mode: 'json' }) as DocumentNode).body) };
  } catch (error) {
    // RangeError: nested deeper than the stack.
    if (error instanceof Error) return undefined;
    throw error;
  }
}

/** What to say of bytes that are none. */
export const notStrictJson = '不是有效的 UTF-8 JSON，或有重复的键 · not JSON in UTF-8, or a member stands twice';

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

class NamedTwice extends Error {}

function contentOf(node: ValueNode): unknown {
  if (node.type === 'Object') {
    const members = new Map<string, unknown>();
    for (const { name, value } of node.members) {
      const key = name.type === 'String' ? name.value : name.name;
      if (members.has(key)) throw new NamedTwice();
      members.set(key, contentOf(value));
    }
    return Object.fromEntries(members);
  }
  if (node.type === 'Array') return node.elements.map(({ value }) => contentOf(value));
  if (node.type === 'Null') return null;
  if (node.type === 'NaN' || node.type === 'Infinity') throw new TypeError('not JSON');
  return node.value;
}
