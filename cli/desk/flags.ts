/** Flags of `holdfast desk`. */
import type { Command } from 'commander';
import { addConnectionFlags } from '../connection-flags';

export function addDeskFlags(command: Command): Command {
  return addConnectionFlags(command)
    .description('a web page for people who approve, reject, speak and take over')
    .option('--port <number>', 'port (default: 8240; 0 for a free one)')
    .option('--bind <address>', 'IP address to listen at (default: 127.0.0.1); another needs people to sign in')
    .option('--host <name...>', 'names that browsers know the desk by, e.g. desk.example.com')
    .option('--user-header <name>', 'header in which a reverse proxy says who it is, e.g. X-Forwarded-User')
    .option('--roles-header <name>', 'header in which it says their roles, with commas between')
    .option('--trust-proxy [addresses...]', 'believe these headers, from these addresses (default: this machine)')
    .option('--idle <minutes>', 'sign people out after so long without anything done (default: 30)')
    .option('--tenant <name>', 'only sessions of this tenant')
    .option('--signing-keys <folder>', 'private keys to sign decisions with, <name>.jwk.json each')
    .addHelpText(
      'after',
      '\nWho is who: by --user-header behind a proxy, or by tokens from HOLDFAST_DESK_TOKENS (JSON, or the path of a file with it); without either, on this machine only, you are its user.',
    );
}
