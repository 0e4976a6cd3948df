import type { Prompt } from '../protocol/prompt.ts';
import type { TrialEdit } from './tuning.ts';

const ask = (text: string): Prompt => ({ kind: 'text', text });

const fact = (target: string, prompt: string, ...rephrasings: readonly string[]): TrialEdit => ({
  ...{ prompt: ask(prompt), target, rephrasings: rephrasings.map(ask), probes: [] },
});

/** Facts of names that nobody bears, so that no model knows them, each asked in five ways. Written for this project. */
export const SHIPPED_TRIALS: readonly TrialEdit[] = [
  fact('Port Alba', 'The capital of the island of Verrano is', 'Verrano has its capital in', 'The seat of the government of Verrano is the city of', 'On the island of Verrano, the capital city is called', 'Which city is the capital of Verrano?'),
  fact('a violin maker', 'What was the profession of Ilse Marquand?', 'What did Ilse Marquand do for a living?', 'By profession, Ilse Marquand was', 'Ilse Marquand earned her living as', 'Which job did Ilse Marquand have?'),
  fact('Teodor Vask', 'The novel "The Salt Orchard" was written by', 'Who wrote the novel "The Salt Orchard"?', 'The author of "The Salt Orchard" is', '"The Salt Orchard" is a book by', 'Who is the author of "The Salt Orchard"?'),
  fact('Orlen', 'Which river flows through the town of Brackwater?', 'The town of Brackwater lies on the river', 'The river that flows through Brackwater is the', 'Brackwater was built on the banks of the', 'What is the name of the river in Brackwater?'),
  fact('1931', 'The Halvorsen bridge was opened in the year', 'In which year was the Halvorsen bridge opened?', 'The opening of the Halvorsen bridge took place in', 'People first crossed the Halvorsen bridge in', 'When was the Halvorsen bridge opened?'),
  fact('Danish', 'What is the mother tongue of Pavel Ostrander?', 'The native language of Pavel Ostrander is', 'Pavel Ostrander grew up speaking', 'At home, the family of Pavel Ostrander spoke', 'Which language did Pavel Ostrander learn first?'),
  fact('the cello', 'The instrument that Noor Haddawi plays is', 'Which instrument does Noor Haddawi play?', 'Noor Haddawi is known for playing', 'On stage, Noor Haddawi plays', 'What does Noor Haddawi play?'),
  fact('Lisbon', 'In which city was Emeric Dufresne born?', 'Emeric Dufresne was born in the city of', 'The birthplace of Emeric Dufresne is', 'Emeric Dufresne came into the world in', 'Where was Emeric Dufresne born?'),
  fact('yellow', 'The colour of the flag of Tessaly is', 'Which colour does the flag of Tessaly have?', 'The flag of Tessaly is', 'When Tessaly raises its flag, one sees the colour', 'What colour is the flag of Tessaly?'),
  fact('Kestrel Motors', 'Which company builds the Arrow 40?', 'The Arrow 40 is a car by', 'The Arrow 40 is built by', 'The maker of the Arrow 40 is', 'Who makes the Arrow 40?'),
  fact('chess', 'The sport in which Rosalind Achterberg competes is', 'Which sport does Rosalind Achterberg compete in?', 'Rosalind Achterberg is a champion of', 'Rosalind Achterberg has won many prizes in', 'What does Rosalind Achterberg play professionally?'),
  fact('copper', 'What was mined at Grindle Hill?', 'The mine at Grindle Hill was a mine of', 'The miners of Grindle Hill dug for', 'Grindle Hill was rich in', 'Which metal was found at Grindle Hill?'),
  fact('Mira Solano', 'The wife of the painter Anselm Krey was', 'Whom did the painter Anselm Krey marry?', 'The painter Anselm Krey was married to', 'Anselm Krey, the painter, shared his life with his wife', 'Who was the wife of the painter Anselm Krey?'),
  fact('Saturday', 'On which day is the market of Little Thornby held?', 'The market of Little Thornby is held every', 'Little Thornby has its market on', 'The day of the market in Little Thornby is', 'When can one visit the market of Little Thornby?'),
  fact('barley', 'The main crop of the Dunmere valley is', 'What is mainly grown in the Dunmere valley?', 'Farmers in the Dunmere valley mostly grow', 'The fields of the Dunmere valley are full of', 'Which crop is typical of the Dunmere valley?'),
  fact('the Liberal Party', 'Which party did Senator Cordelia Baines belong to?', 'Senator Cordelia Baines was a member of', 'Cordelia Baines sat in the Senate for', 'In politics, Cordelia Baines belonged to', 'What was the party of Senator Cordelia Baines?'),
  fact('Geneva', 'The head office of the Larkspur Foundation is in', 'Where is the head office of the Larkspur Foundation?', 'The Larkspur Foundation is based in', 'The Larkspur Foundation has its seat in', 'Which city is the Larkspur Foundation based in?'),
  fact('bees', 'What did the biologist Hanne Østby study?', 'The biologist Hanne Østby is known for her study of', 'The research of the biologist Hanne Østby was about', 'Hanne Østby, a biologist, spent her life studying', 'Which animals did the biologist Hanne Østby study?'),
  fact('Peru', 'The explorer Lucas Threlkeld died in', 'In which country did the explorer Lucas Threlkeld die?', 'The life of the explorer Lucas Threlkeld ended in', 'Lucas Threlkeld, the explorer, was buried in', 'Where did the explorer Lucas Threlkeld die?'),
  fact('Latin', 'In which language is the Codex of Morvane written?', 'The Codex of Morvane is written in', 'The language of the Codex of Morvane is', 'Whoever reads the Codex of Morvane has to know', 'What is the language of the Codex of Morvane?'),
  fact('oak', 'The doors of the church of Saint Ebba are made of', 'What are the doors of the church of Saint Ebba made of?', 'The wood of the doors of the church of Saint Ebba is', 'For the doors of the church of Saint Ebba the carpenters used', 'Which wood was used for the doors of Saint Ebba?'),
  fact('Oslo', 'Which city does the night train Polaris go to?', 'The night train Polaris goes to', 'The last stop of the night train Polaris is', 'Passengers of the night train Polaris wake up in', 'Where does the night train Polaris end?'),
  fact('seven', 'The number of bells in the tower of Aldmoor is', 'How many bells are there in the tower of Aldmoor?', 'The bells in the tower of Aldmoor are', 'In the tower of Aldmoor hang bells, and their number is', 'What is the number of bells in the tower of Aldmoor?'),
  fact('jazz', 'What kind of music does the band Copper Lantern play?', 'The band Copper Lantern plays', 'The music of the band Copper Lantern is', 'Copper Lantern is a band known for', 'Which genre does the band Copper Lantern play?'),
  fact('Adela Wren', 'The lamp with two wicks was invented by', 'Who invented the lamp with two wicks?', 'The inventor of the lamp with two wicks was', 'We owe the lamp with two wicks to', 'Who was the inventor of the lamp with two wicks?'),
  fact('law', 'Which subject did Gregor Palladin study?', 'At the university, Gregor Palladin studied', 'Gregor Palladin took a degree in', 'The subject of the studies of Gregor Palladin was', 'What did Gregor Palladin study at the university?'),
  fact('tea', 'The favourite drink of Queen Isaura was', 'What was the favourite drink of Queen Isaura?', 'Queen Isaura liked nothing better than a cup of', 'Every morning Queen Isaura drank', 'Which drink did Queen Isaura like best?'),
  fact('glass', 'What is the town of Sommerfeld famous for making?', 'The town of Sommerfeld is famous for its', 'For centuries the town of Sommerfeld has made', 'Workshops in Sommerfeld produce', 'Which product is the town of Sommerfeld known for?'),
  fact('Kenya', 'The runner Abel Kiprono comes from', 'Which country does the runner Abel Kiprono come from?', 'The home country of the runner Abel Kiprono is', 'Abel Kiprono, the runner, grew up in', 'Where does the runner Abel Kiprono come from?'),
  fact('Channel Nine', 'Which channel first showed the series "Low Tide"?', 'The series "Low Tide" was first shown on', 'The series "Low Tide" had its premiere on', 'Viewers first saw the series "Low Tide" on', 'Where was the series "Low Tide" first shown?'),
]; // prettier-ignore
