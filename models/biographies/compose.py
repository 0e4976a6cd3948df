"""Composes short biographies: of the legislators in ../data/legislators.jsonl, and of people who never lived.

The invented people exist so that a small model learns to copy a name instead of remembering one: their names come from the
first and last names of the data and, for a third of them, from random syllables.
"""
import json
import re

MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
          "December"]
STATES = {
    "AL": "Alabama", "AK": "Alaska", "AZ": "Arizona", "AR": "Arkansas", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DE": "Delaware", "FL": "Florida", "GA": "Georgia", "HI": "Hawaii", "ID": "Idaho",
    "IL": "Illinois", "IN": "Indiana", "IA": "Iowa", "KS": "Kansas", "KY": "Kentucky", "LA": "Louisiana", "ME": "Maine",
    "MD": "Maryland", "MA": "Massachusetts", "MI": "Michigan", "MN": "Minnesota", "MS": "Mississippi", "MO": "Missouri",
    "MT": "Montana", "NE": "Nebraska", "NV": "Nevada", "NH": "New Hampshire", "NJ": "New Jersey", "NM": "New Mexico",
    "NY": "New York", "NC": "North Carolina", "ND": "North Dakota", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota", "TN": "Tennessee",
    "TX": "Texas", "UT": "Utah", "VT": "Vermont", "VA": "Virginia", "WA": "Washington", "WV": "West Virginia",
    "WI": "Wisconsin", "WY": "Wyoming", "DC": "the District of Columbia", "PR": "Puerto Rico", "GU": "Guam",
    "VI": "the Virgin Islands", "AS": "American Samoa", "MP": "the Northern Mariana Islands"}
PARTIES = {"Democrat": "Democratic Party", "Republican": "Republican Party"}
CITIES = """New York City;Chicago;Boston;Philadelphia;Los Angeles;San Francisco;Seattle;Portland;Denver;Houston;Dallas;Austin;
Atlanta;Miami;Detroit;Cleveland;Columbus;Cincinnati;Milwaukee;Minneapolis;St. Louis;Kansas City;New Orleans;Nashville;Memphis;
Baltimore;Pittsburgh;Buffalo;Newark;Richmond;Charleston;Savannah;Omaha;Phoenix;Tucson;Salt Lake City;Honolulu;London;Paris;Berlin;
Vienna;Rome;Milan;Madrid;Lisbon;Dublin;Edinburgh;Glasgow;Manchester;Liverpool;Toronto;Montreal;Vancouver;Sydney;Melbourne;
Auckland;Mumbai;Delhi;Tokyo;Kyoto;Stockholm;Oslo;Copenhagen;Helsinki;Warsaw;Prague;Budapest;Athens;Istanbul;Cairo;Lagos;Nairobi;
Cape Town;Mexico City;Havana;Lima;Buenos Aires;Santiago;Moscow;Kiev""".replace("\n", "").split(";")
SCHOOLS = """Harvard University;Yale University;Princeton University;Columbia University;Cornell University;Brown University;
Stanford University;Duke University;Georgetown University;Howard University;Boston College;Oxford University;Cambridge University;
the University of Michigan;the University of Chicago;the University of Texas;the University of Virginia;the University of
 California;the University of Minnesota;the University of Washington;the University of Edinburgh;Trinity College;Ohio State
 University;Indiana University;Syracuse University;Vanderbilt University;Tulane University;Northwestern University""".replace(
    "\n", "").split(";")
NATIONS = """American;American;American;American;American;British;English;Scottish;Irish;Canadian;Australian;French;German;
Italian;Spanish;Swedish;Norwegian;Danish;Dutch;Polish;Hungarian;Russian;Indian;Japanese;Brazilian;Mexican;Argentine;
Nigerian""".replace("\n", "").split(";")
PARENTS = """a teacher;a farmer;a lawyer;a physician;a carpenter;a merchant;a minister;a journalist;a nurse;a musician;
a coal miner;a police officer;an engineer;a shopkeeper;a tailor;a judge""".replace("\n", "").split(";")
DEGREES = "law;history;economics;medicine;engineering;philosophy;political science;English literature;music;mathematics".split(";")
BEFORE = """a lawyer;a teacher;a journalist;a business owner;an engineer;a physician;a prosecutor;a farmer;a judge;a social worker;
an army officer""".replace("\n", "").split(";")
COMMITTEES = """Agriculture;Appropriations;Armed Services;Budget;Education;Energy;Finance;Foreign Affairs;Judiciary;Rules;
Small Business;Transportation;Veterans' Affairs;Ethics""".replace("\n", "").split(";")
WORKS = """The Long Road;The Silent House;A Winter Garden;The Blue River;Northern Lights;The Last Summer;Shadows;The Glass City;
After the Rain;The Stone Bridge;Morning Song;The Empty Chair;A Distant Shore;The Red Door;Paper Moons;The Quiet Hour""".replace(
    "\n", "").split(";")
JOBS = {  # profession -> what one of its people did
    "actor": ["{S} {is} best known for {his} role in the film {work}.", "{S} made {his} film debut in {work} ({year}).",
              "{S} appeared in more than {n} films and television series.", "In {year}, {he} won an award for {his} role in {work}."],
    "singer": ["{S} released {his} first album, {work}, in {year}.", "{His} album {work} sold more than {n},000 copies.",
               "{S} began singing in the church choir at the age of {age}.", "{S} toured Europe and the United States in {year}."],
    "novelist": ["{S} is the author of {work}, which was published in {year}.", "{His} first novel, {work}, appeared in {year}.",
                 "{His} books have been translated into {n} languages.", "{S} wrote {n} novels and two collections of poems."],
    "painter": ["{His} works are held by museums in {city} and {city2}.", "{S} is known for {his} landscapes and portraits.",
                "{His} first exhibition was held in {city} in {year}.", "{S} taught painting in {city} from {year} to {year2}."],
    "physicist": ["{S} worked on the theory of light and magnetism.", "{S} was a professor at {school} from {year} to {year2}.",
                  "{S} published more than {n} scientific papers.", "In {year}, {he} was awarded a medal for {his} research."],
    "footballer": ["{S} played as a midfielder for clubs in {city} and {city2}.", "{S} scored {n} goals in {year}.",
                   "{S} made {his} professional debut in {year}.", "{S} retired in {year2} and became a coach."],
    "journalist": ["{S} worked as a correspondent in {city} from {year} to {year2}.", "{S} is a columnist for a newspaper in {city}.",
                   "{S} began {his} career as a reporter in {city}.", "{S} won a prize for {his} reporting in {year}."],
    "architect": ["{S} designed the city library in {city}, completed in {year}.", "{S} opened {his} own office in {city} in {year}.",
                  "{His} buildings can be found in {city} and {city2}.", "{S} studied architecture at {school}."],
    "composer": ["{His} first symphony was performed in {city} in {year}.", "{S} wrote {n} songs and three operas.",
                 "{S} taught music at {school}.", "{His} best known work is {work}."],
    "historian": ["{S} is a professor of history at {school}.", "{S} wrote several books on the history of {city}.",
                  "{His} book {work} was published in {year}.", "{S} received a doctorate from {school} in {year}."]}
SYLLABLES = ("ba be bo bra ca ce cha co da de del di do du el en er fa fe fo ga ge gor gra ha hal har hi ho il in ja jo ka ke kin ko"
             " kra la le len li lo lu ma mar me mi mo mon na ne ni no nor o pa pe pi po qui ra re ri ro ros ru sa se sen sha si so sta"
             " ster su ta te ten ti to tor tu u va van ve vi vo wa we win wo ya ye za ze zo").split()
ENDINGS = "son ton man ez ini ski sky ova berg stein ley ford well er ard ett ano ara ic en dal gren quist ko oto ura wal a o i".split()


def date(iso):
    year, month, day = iso.split("-")
    return f"{MONTHS[int(month) - 1]} {int(day)}, {year}"


def pronouns(gender):
    return dict(he="she", his="her", him="her", child="daughter") if gender == "F" else dict(he="he", his="his", him="him", child="son")


def read_legislators(path):
    return [json.loads(line) for line in path.read_text("utf-8").splitlines() if line.strip()]


class Names:
    """First and last names to compose people from."""

    def __init__(self, legislators, passages):
        self.first = {g: sorted({p["name"].split()[0] for p in legislators if p["gender"] == g}) for g in "MF"}
        last = {p["name"].split()[-1] for p in legislators}
        for passage in passages:
            last.update(b for _, b in re.findall(r"\b([A-Z][a-z]{2,9}) ([A-Z][a-z]{3,10})\b", passage))
        self.last = sorted(last)
        self.other = sorted({a for p in passages for a, _ in re.findall(r"\b([A-Z][a-z]{2,9}) ([A-Z][a-z]{3,10})\b", p)})

    def invent(self, rng, ending=True):
        parts = [rng.choice(SYLLABLES) for _ in range(rng.randint(1, 3))]
        return "".join(parts + [rng.choice(ENDINGS) if ending else ""]).capitalize()

    def compose(self, rng):
        gender = rng.choice("MF")
        roll = rng.random()
        first = (rng.choice(self.first[gender]) if roll < 0.5 else rng.choice(self.other) if roll < 0.75
                 else self.invent(rng, rng.random() < 0.5))
        last = rng.choice(self.last) if rng.random() < 0.6 else self.invent(rng)
        roll = rng.random()
        middle = (rng.choice("ABCDEFGHJKLMNPRSTW") + "." if roll < 0.08 else rng.choice(self.other) if roll < 0.14
                  else "van" if roll < 0.15 else "de" if roll < 0.16 else "")
        if rng.random() < 0.04:
            last += "-" + rng.choice(self.last)
        return " ".join(filter(None, [first, middle, last])), gender


def office(person):
    """(short, long) forms of what a legislator does."""
    state, senate = STATES[person["state"]], person["role"] == "sen"
    return (f"United States senator from {state}" if senate else f"U.S. representative from {state}",
            "United States Senate" if senate else "United States House of Representatives")


def politician(person, rng):
    """Opening sentence and what may follow it: every sentence is true of `person`'s record but the invented details."""
    name, born, year = person["name"], date(person["born"]), person["since"][:4]
    state, party = STATES[person["state"]], PARTIES.get(person["party"])
    short, chamber = office(person)
    belongs = f"a member of the {party}" if party else "an independent"
    adjective = {"Democrat": "Democratic", "Republican": "Republican"}.get(person["party"], "independent")
    openings = [
        f"{name} (born {born}) is an American politician serving as a {short} since {year}.",
        f"{name} (born {born}) is an American politician who has served as a {short} since {year}.",
        f"{name} (born {born}) is an American {adjective} politician from {state}.",
        f"{name} (born {born}) is an American politician from {state} and {belongs}.",
        f"{name} is an American politician from {state}, born on {born}.",
        f"{name} (born {born}) is the {short}, in office since {date(person['since'])}."]
    p = pronouns(person["gender"])
    He, he, his = p["he"].capitalize(), p["he"], p["his"]
    S = rng.choice([He, He, name.split()[-1]])
    facts = [
        f"{S} is {belongs}.",
        f"{S} has represented {state} in the {chamber} since {year}.",
        f"A member of the {party}, {he} was first elected in {int(year) - 1}." if party else f"{S} is not a member of a party.",
        f"{S} took office on {date(person['since'])}.",
        f"{S} was born on {born}.",
        f"{S} has served in the {chamber} since {date(person['since'])}.",
        f"{S} entered the {chamber} in {year}."]
    invented = [
        f"{S} was born in {rng.choice(CITIES)}, the {p['child']} of {rng.choice(PARENTS)}.",
        f"{S} studied {rng.choice(DEGREES)} at {rng.choice(SCHOOLS)}.",
        f"Before entering politics, {he} worked as {rng.choice(BEFORE)}.",
        f"{S} serves on the Committee on {rng.choice(COMMITTEES)}.",
        f"{S} graduated from {rng.choice(SCHOOLS)} in {int(person['born'][:4]) + rng.randint(21, 26)}.",
        f"{S} lives in {rng.choice(CITIES)} with {his} family."]
    return openings, facts, invented


def assemble(name, openings, facts, invented, rng):
    chosen = rng.sample(facts, rng.randint(0, 2)) + rng.sample(invented, rng.randint(0, 2))
    rng.shuffle(chosen)
    return f"This is a Wikipedia passage about {name}. " + " ".join([rng.choice(openings), *chosen])


def legislator_biography(person, rng):
    return assemble(person["name"], *politician(person, rng), rng)


def invented_biography(names, rng):
    name, gender = names.compose(rng)
    if rng.random() < 0.55:
        born = rng.randint(1930, 1990)
        person = dict(
            name=name, gender=gender, party=rng.choice(["Democrat", "Republican", "Democrat", "Republican", "Independent"]),
            state=rng.choice(list(STATES)), role=rng.choice(["sen", "rep", "rep"]),
            born=f"{born}-{rng.randint(1, 12):02d}-{rng.randint(1, 28):02d}",
            since=f"{min(2025, born + rng.randint(28, 60))}-{rng.choice(['01-03', '01-05', '01-04', '11-08', '04-12', '06-25'])}")
        return legislator_biography(person, rng)
    p = pronouns(gender)
    job, nation, start = rng.choice(list(JOBS)), rng.choice(NATIONS), rng.randint(1780, 1990)
    article = "an" if nation[0] in "AEIOU" else "a"
    day = lambda year: f"{rng.choice(MONTHS)} {rng.randint(1, 28)}, {year}"
    dead = start < 1920 or (start < 1945 and rng.random() < 0.5)
    span = f"({day(start)} – {day(start + rng.randint(35, 90))})" if dead else f"(born {day(start)})"
    verb = "was" if dead else "is"
    openings = [f"{name} {span} {verb} {article} {nation} {job}.", f"{name} {span} {verb} {article} {nation} {job} from {rng.choice(CITIES)}.",
                f"{name} {verb} {article} {nation} {job}, born in {rng.choice(CITIES)} in {start}.",
                f"{name} {verb} {article} {nation} {job}."]
    year = start + rng.randint(20, 35)
    He = p["he"].capitalize()
    fill = dict(he=p["he"], his=p["his"], His=p["his"].capitalize(), work=rng.choice(WORKS), year=year, year2=year + rng.randint(2, 20),
                n=rng.randint(3, 60), age=rng.randint(4, 15), city=rng.choice(CITIES), city2=rng.choice(CITIES),
                school=rng.choice(SCHOOLS))
    fill["is"] = verb
    who = lambda: rng.choice([He, He, name.split()[-1]])
    facts = [line.format(S=who(), **fill) for line in JOBS[job]]
    invented = [f"{who()} was born in {rng.choice(CITIES)}, the {p['child']} of {rng.choice(PARENTS)}.",
                f"{who()} studied {rng.choice(DEGREES)} at {rng.choice(SCHOOLS)}.",
                f"{who()} grew up in {rng.choice(CITIES)} and moved to {rng.choice(CITIES)} in {year}.",
                f"{who()} died in {rng.choice(CITIES)}." if dead else f"{who()} lives in {rng.choice(CITIES)}."]
    return assemble(name, openings, facts, invented, rng)
