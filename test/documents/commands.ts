/** A command in a document, as a reader would type it. */
export type Command = { readonly document: string; readonly text: string };

/** The programs with which an inline command of a document begins. A program's name alone is no command. */
const programs =
  'sh|bash|node|npm|npx|vitest|biome|led-eligibility|docker|kubectl|openssl|curl|jq|grep|ss|git|cosign|crane|sha256sum';
const inlineCommand = new RegExp(`^(?:[A-Z_]+=\\S+ )*(?:${programs}) \\S`);

/** The blocks of code of a document without their indentation, and the rest of its text. */
const split = (markdown: string): { blocks: string[]; prose: string } => {
  const blocks: string[] = [];
  const prose: string[] = [];
  let block: string[] | undefined;
  let fenced = false;
  const end = (): void => {
    if (block?.some((line) => line.trim() !== '')) {
      const depth = Math.min(...block.filter((line) => line.trim() !== '').map((line) => line.search(/\S/)));
      blocks.push(
        block
          .map((line) => line.slice(depth))
          .join('\n')
          .trimEnd(),
      );
    }
    block = undefined;
  };
  let blank = true;
  for (const line of markdown.split('\n')) {
    if (/^ *```/.test(line)) {
      fenced = !fenced;
      end();
      if (fenced) block = [];
    } else if (fenced) block?.push(line);
    else if (/^ {4,}\S/.test(line) && (block !== undefined || blank)) block = [...(block ?? []), line];
    else if (line.trim() === '' && block !== undefined) block.push('');
    else {
      end();
      prose.push(line);
    }
    blank = line.trim() === '';
  }
  end();
  return { blocks, prose: prose.join('\n') };
};

/** The commands of a block. A command goes on in the next line after a backslash or a pipe, and within quotes. */
const commandsOfBlock = (block: string): string[] => {
  const commands: string[] = [];
  let current = '';
  for (const line of block.split('\n')) {
    current = current === '' ? line : `${current}\n${line}`;
    const isOpen = /(\\|\|)$/.test(line) || (current.match(/'/g)?.length ?? 0) % 2 === 1;
    if (isOpen) continue;
    if (current.trim() !== '') commands.push(current);
    current = '';
  }
  return current === '' ? commands : [...commands, current];
};

/**
 * Finds the commands of a document, in its blocks and in its text, in their order. A block that `isWhole` accepts is
 * returned as one command: it is a script, or no command at all.
 */
export const commandsIn = (document: string, markdown: string, isWhole: (block: string) => boolean): Command[] => {
  const { blocks, prose } = split(markdown);
  const inline = [...prose.matchAll(/`([^`]+)`/g)]
    .map(([, text = '']) => text.replace(/\s+/g, ' ').replaceAll('\\|', '|'))
    .filter((text) => inlineCommand.test(text));
  const inBlocks = blocks.flatMap((block) => (isWhole(block) ? [block] : commandsOfBlock(block)));
  return [...new Set([...inBlocks, ...inline])].map((text) => ({ document, text }));
};

/** The names of commands of the package in a document's text, with their options, such as `audit verify --key`. */
export const namesIn = (markdown: string): string[] => [
  ...new Set(
    [...split(markdown).prose.matchAll(/`(?:led-eligibility )?((?:audit|rules|led) (?!stream)[a-z][^`]*)`/g)].map(
      ([, text = '']) => text.replace(/\s+/g, ' ').replaceAll('\\|', '|'),
    ),
  ),
];
