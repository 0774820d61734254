import { dirname, relative } from 'node:path';
import { defineConfig, type Plugin } from 'rolldown';

// Makes dist/: the program and its packages in a few files, because a start that reads a thousand files takes twice as
// long. Only package.json, the rule sets and what a package reads from its own folder in node_modules are read besides.

const root = import.meta.dirname;

/** Each module finds the files that it reads where it finds them if it is not bundled: by its place below `root`. */
const ownPlaces: Plugin = {
  name: 'own-places',
  transform: (code, id) => {
    const place = relative(root, id);
    if (place.startsWith('src/')) {
      const address = `new URL('${place.replace(/^src/, '.').replace(/ts$/, 'js')}', import.meta.url)`;
      return code.replaceAll('import.meta.url', address);
    }
    return code.replaceAll(/\b__dirname\b/g, `(packageFolder + '/${dirname(place)}')`);
  },
};

/** Writes other characters as escapes: V8 keeps a file in half the memory if all its characters are below U+0100. */
const inAscii: Plugin = {
  name: 'in-ascii',
  renderChunk: (code) =>
    code.replaceAll(/[\u0080-\uffff]/g, (unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`),
};

export default defineConfig({
  input: 'src/main.ts',
  platform: 'node',
  plugins: [ownPlaces, inAscii],
  output: {
    dir: 'dist',
    format: 'esm',
    entryFileNames: '[name].js',
    chunkFileNames: '[name].js',
    intro: "const packageFolder = import.meta.dirname + '/..';",
    comments: false,
    // Otherwise the code is printed again after `inAscii`, without the escapes.
    minify: false,
  },
});
