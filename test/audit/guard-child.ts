// Says on standard error what the guard has to say about standard output.
import { stdoutFault } from '../../src/audit/stdout.ts';

process.stderr.write(stdoutFault() ?? 'fine');
