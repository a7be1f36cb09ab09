/**
 * Patterns of an event source's filter criteria, as Lambda understands them: what follows the shape of an event down
 * to arrays of alternatives.
 * @see https://docs.aws.amazon.com/lambda/latest/dg/invocation-eventfiltering.html
 */
export type EventPattern = { readonly [field: string]: EventPattern | readonly unknown[] };

/** @throws when the pattern is no JSON object or has an operator that is not known here. */
export function parsePattern(json: string): EventPattern {
  const pattern: unknown = JSON.parse(json);
  if (!isObject(pattern)) throw new Error(`The filter ${json} is not an object.`);
  check(pattern, json);
  return pattern as EventPattern;
}

export function matches(pattern: EventPattern, event: unknown): boolean {
  return Object.entries(pattern).every(([field, wanted]) => {
    if (field === '$or') return (wanted as EventPattern[]).some((each) => matches(each, event));
    const value = isObject(event) ? event[field] : undefined;
    if (!Array.isArray(wanted)) return matches(wanted as EventPattern, value);
    // Only what is at the end of a path has a value; an array has several.
    const values = Array.isArray(value) ? value : [isObject(value) ? undefined : value];
    return wanted.some((alternative) => values.some((each) => accepts(alternative, each)));
  });
}

type Operator = (operand: unknown, value: unknown) => boolean;

const operators: Record<string, Operator> = {
  exists: (operand, value) => (value !== undefined) === operand,
  prefix: (operand, value) => typeof value === 'string' && value.startsWith(String(operand)),
  suffix: (operand, value) => typeof value === 'string' && value.endsWith(String(operand)),
  'equals-ignore-case': (operand, value) =>
    typeof value === 'string' && value.toLowerCase() === String(operand).toLowerCase(),
  'anything-but': (operand, value) =>
    value !== undefined && ![operand].flat().some((alternative) => accepts(alternative, value)),
};

function accepts(alternative: unknown, value: unknown): boolean {
  if (!isObject(alternative)) return alternative === value;
  return Object.entries(alternative).every(([name, operand]) => (operators[name] as Operator)(operand, value));
}

function check(pattern: Record<string, unknown>, json: string): void {
  for (const [field, wanted] of Object.entries(pattern)) {
    if (field === '$or' && Array.isArray(wanted)) for (const each of wanted) check(each, json);
    else if (isObject(wanted)) check(wanted, json);
    else if (Array.isArray(wanted)) wanted.forEach((alternative) => void checkAlternative(alternative, json));
    else throw new Error(`The filter ${json} has a bare value at ${field}: alternatives stand in an array.`);
  }
}

function checkAlternative(alternative: unknown, json: string): void {
  if (!isObject(alternative)) return;
  const unknown = Object.keys(alternative).find((name) => !(name in operators));
  if (unknown !== undefined)
    throw new Error(`The filter ${json} has the operator ${unknown}, which the embedded hub does not know.`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
