/** `npm run demo [-- <example>] [-- <flags>]`: plays the demo of an example, the receptionist's where none is named. */
const DEMOS: Readonly<Record<string, () => Promise<unknown>>> = {
  receptionist: () => import('./receptionist/demo/main.js'),
  'support-desk': () => import('./support-desk/demo/main.js'),
};

const [first = ''] = process.argv.slice(2);
const isNamed = first !== '' && !first.startsWith('-');
const play = DEMOS[isNamed ? first : 'receptionist'];
if (play) {
  // The demo reads its own flags.
  if (isNamed) process.argv.splice(2, 1);
  void play();
} else {
  process.stderr.write(
    `demo: there is no example named ${JSON.stringify(first)}; there are: ${Object.keys(DEMOS).join(', ')}\n`,
  );
  process.exitCode = 1;
}
