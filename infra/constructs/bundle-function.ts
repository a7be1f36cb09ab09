import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { build, type Plugin } from 'esbuild';

// bundle-function.ts ENTRY FOLDER [--duckdb]: see bundle.ts.
const [entry = '', folder = '', ...flags] = process.argv.slice(2);
rmSync(folder, { recursive: true, force: true });
await build({
  entryPoints: [entry],
  outfile: join(folder, 'index.mjs'),
  bundle: true,
  format: 'esm',
  platform: 'node',
  target: 'node24',
  minify: true,
  keepNames: true,
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
  external: ['@duckdb/node-bindings'],
  plugins: [staticRegisters()],
  // Some dependencies are CommonJS and call require() of Node's own modules.
  banner: { js: "import { createRequire } from 'node:module'; const require = createRequire(import.meta.url);" },
});
if (flags.includes('--duckdb')) copyDuckdbBinding(join(folder, 'node_modules', '@duckdb'));

/** A register module reads its folder at run time; in a bundle there is no folder, so it becomes static imports. */
function staticRegisters(): Plugin {
  return {
    name: 'static-registers',
    setup(builder) {
      builder.onLoad({ filter: /\/register\.ts$/ }, ({ path }) => {
        const source = readFileSync(path, 'utf8');
        const call = /await modulesOf<[^>]*>\(import\.meta\.dirname, \/(.*?)\/\)/.exec(source);
        if (call === null) return undefined;
        const modules = readdirSync(dirname(path))
          .filter((name) => new RegExp(call[1]!).test(name) && name !== basename(path))
          .sort();
        const imports = modules.map((name, index) => `import module${index} from './${name}';`).join('\n');
        const list = `[${modules.map((_, index) => `module${index}`).join(', ')}]`;
        return { contents: `${imports}\n${source.replace(call[0], list)}`, loader: 'ts' };
      });
    },
  };
}

/** DuckDB's native library for Lambda's processor, which need not be this machine's; fetched once by npm. */
function copyDuckdbBinding(into: string): void {
  const { version } = JSON.parse(readFileSync('node_modules/@duckdb/node-bindings/package.json', 'utf8')) as {
    version: string;
  };
  const cache = join('node_modules', '.cache', 'canbao', `duckdb-${version}-linux-arm64`);
  const fetched = join(cache, 'node_modules', '@duckdb');
  if (!existsSync(join(fetched, 'node-bindings-linux-arm64'))) {
    mkdirSync(cache, { recursive: true });
    const npm = [
      'install',
      '--prefix',
      cache,
      '--no-save',
      '--no-audit',
      '--no-fund',
      '--os=linux',
      '--cpu=arm64',
      '--libc=glibc',
    ];
    execFileSync('npm', [...npm, `@duckdb/node-bindings@${version}`], { stdio: ['ignore', 'ignore', 'inherit'] });
  }
  for (const name of ['node-bindings', 'node-bindings-linux-arm64']) {
    cpSync(join(fetched, name), join(into, name), { recursive: true });
  }
}
