// Opens the codebook in argv[2] for writing and says so; with `append`, then appends edits until it is killed, and says the
// number of each when it is acknowledged.
import { writeSync } from 'node:fs';
import { CodebookFolder } from '../../../src/engine/grace/codebook-folder.ts';
import { editAt } from './sample-edits.ts';

const say = (line: string): void => {
  // Synchronous, so that nothing is said later than it happened.
  writeSync(1, `${line}\n`);
};

const [, , folder, then] = process.argv;
const codebook = CodebookFolder.open(folder!, 'write');
say('open');
while (then === 'append') {
  const { record } = codebook.append(
    editAt(codebook.nextEdit * 3, 0, [7], [0.25]),
    editAt(codebook.nextEdit * 3, 0, [7], [0.25]),
  );
  say(String(record.edit));
}
setInterval(() => undefined, 1000);
