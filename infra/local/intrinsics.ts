import type { CloudFormationTemplate } from '../synth.ts';

/** What a reference to a resource stands for in this hub: `Ref`, and `Fn::GetAtt` by attribute name. */
export type References = {
  readonly ref: (logicalId: string) => string;
  readonly attribute: (logicalId: string, name: string) => string;
};

/** The pseudo parameters of CloudFormation. Account and partition are those that the SQS stand-in puts into ARNs. */
export const place = {
  'AWS::Region': 'us-east-1',
  'AWS::Partition': 'aws',
  'AWS::AccountId': '000000000000',
  'AWS::URLSuffix': 'amazonaws.com',
  'AWS::StackName': 'canbao',
  'AWS::StackId': 'arn:aws:cloudformation:us-east-1:000000000000:stack/canbao/embedded',
} as const;

export const region = place['AWS::Region'];
export const accountId = place['AWS::AccountId'];

type Node = Record<string, unknown>;
type Template = CloudFormationTemplate & {
  readonly Parameters?: Record<string, { Default?: unknown }>;
  readonly Mappings?: Record<string, Record<string, Record<string, unknown>>>;
  readonly Conditions?: Record<string, unknown>;
};

/**
 * Evaluates the intrinsic functions in a value of the template.
 * @throws for a function or parameter that the embedded hub does not know: a guess would hide a difference to AWS.
 */
export class Resolver {
  private readonly template: Template;
  private readonly references: References;

  constructor(template: CloudFormationTemplate, references: References) {
    this.template = template;
    this.references = references;
  }

  /** The value with every intrinsic function replaced; `AWS::NoValue` leaves its property out. */
  resolve(value: unknown): unknown {
    if (Array.isArray(value)) return value.map((item) => this.resolve(item)).filter((item) => item !== undefined);
    if (typeof value !== 'object' || value === null) return value;
    const node = value as Node;
    const [name, ...others] = Object.keys(node);
    if (name !== undefined && others.length === 0 && (name === 'Ref' || name.startsWith('Fn::'))) {
      return this.call(name, node[name]);
    }
    const entries = Object.entries(node).map(([key, item]) => [key, this.resolve(item)] as const);
    return Object.fromEntries(entries.filter(([, item]) => item !== undefined));
  }

  /** The value as text, as an environment variable or a name would hold it. */
  text(value: unknown): string {
    const resolved = this.resolve(value);
    if (['string', 'number', 'boolean'].includes(typeof resolved)) return String(resolved);
    throw new Error(`The template has ${JSON.stringify(value)} where the embedded hub needs text.`);
  }

  /** Whether a resource under this condition exists; without a condition it does. */
  holds(condition: unknown): boolean {
    if (condition === undefined) return true;
    if (typeof condition === 'string') return this.holds(this.template.Conditions?.[condition]);
    const node = condition as Node;
    const [name = ''] = Object.keys(node);
    const operands = node[name] as unknown[];
    if (name === 'Condition') return this.holds(node.Condition);
    if (name === 'Fn::Equals') return this.text(operands[0]) === this.text(operands[1]);
    if (name === 'Fn::Not') return !this.holds(operands[0]);
    if (name === 'Fn::And') return operands.every((operand) => this.holds(operand));
    if (name === 'Fn::Or') return operands.some((operand) => this.holds(operand));
    throw new Error(`The embedded hub does not know the condition ${JSON.stringify(condition)} of the template.`);
  }

  private call(name: string, argument: unknown): unknown {
    const list = argument as unknown[];
    switch (name) {
      case 'Ref':
        return this.ref(String(argument));
      case 'Fn::GetAtt': {
        const [id = '', ...path] = typeof argument === 'string' ? argument.split('.') : (argument as string[]);
        return this.references.attribute(id, path.join('.'));
      }
      case 'Fn::Join':
        return (this.resolve(list[1]) as unknown[]).map((part) => this.text(part)).join(String(list[0]));
      case 'Fn::Sub':
        return this.substitute(argument);
      case 'Fn::Select':
        return (this.resolve(list[1]) as unknown[])[Number(this.text(list[0]))];
      case 'Fn::Split':
        return this.text(list[1]).split(String(list[0]));
      case 'Fn::If':
        return this.resolve(this.holds(list[0]) ? list[1] : list[2]);
      case 'Fn::FindInMap': {
        const [map = '', top = '', second = ''] = list.map((key) => this.text(key));
        return this.resolve(this.template.Mappings?.[map]?.[top]?.[second]);
      }
      default:
        throw new Error(`The embedded hub does not know the function ${name} of the template.`);
    }
  }

  private ref(name: string): string | undefined {
    if (name === 'AWS::NoValue') return undefined;
    if (name in place) return place[name as keyof typeof place];
    if (name in this.template.Resources) return this.references.ref(name);
    const parameter = this.template.Parameters?.[name]?.Default;
    if (parameter === undefined)
      throw new Error(`The template refers to ${name}, which has no value in the embedded hub.`);
    return String(parameter);
  }

  private substitute(argument: unknown): string {
    const [pattern, variables] = typeof argument === 'string' ? [argument, {}] : (argument as [string, Node]);
    return pattern.replace(/\$\{(!?)([^}]+)\}/g, (_all, literal: string, name: string) => {
      if (literal) return `\${${name}}`;
      if (name in variables) return this.text(variables[name]);
      return this.text(name.includes('.') ? { 'Fn::GetAtt': name } : { Ref: name });
    });
  }
}
