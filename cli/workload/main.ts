/** `npm run workload -- <file>`: the command by itself. */
import { Command } from 'commander';
import { processIo } from '../io';
import { reportError } from '../report-error';
import { workload } from './command';
import { addWorkloadFlags, type WorkloadFlags } from './flags';

async function main(): Promise<void> {
  const io = processIo();
  const command = addWorkloadFlags(new Command('workload')).exitOverride();
  command.action(async (file: string, flags: WorkloadFlags) => {
    process.exitCode = await workload(file, flags, io);
  });
  try {
    await command.parseAsync();
  } catch (error) {
    process.exitCode = reportError(error, io);
  }
}

void main();
