/** @file Places, people, colours and other single words that the grammar draws on. */

export const ROOMS: readonly string[] =
  `kitchen|bedroom|living room|bathroom|garage|hallway|office|dining room|guest room
  |kids room|nursery|basement|attic|study|laundry room|master bedroom|guest bedroom|guest bathroom|playroom|pantry
  |sunroom|conservatory|library|den|lounge|entrance|entryway|foyer|mudroom|utility room|storage room|workshop|shed
  |greenhouse|porch|patio|balcony|terrace|garden|backyard|front yard|driveway|deck|gym|home theater|media room
  |music room|game room|sauna|wine cellar|cellar|closet|walk-in closet|dressing room|studio|sewing room|family room
  |breakfast nook|kitchenette|loft|landing|stairwell|corridor|toilet|powder room|shower room|boiler room|server room
  |main bedroom|en suite|spare room|snug|parlor|reading nook|craft room|rec room|pool house|barn|stable|courtyard
  |veranda|mezzanine|back room|front room|tool shed|carport|darkroom|meeting room|tv room|cinema room|winter garden`
    .split('|')
    .map((word) => word.trim());

/** Storeys as adverbs ("upstairs") or with a preposition ("on the first floor"). */
export const LEVEL_ADVERBS: readonly string[] = ['upstairs', 'downstairs', 'outside', 'outdoors'];
export const LEVEL_NOUNS: readonly string[] = [
  'first floor',
  'second floor',
  'third floor',
  'ground floor',
  'top floor',
  'lower floor',
  'upper floor',
  'basement level',
  'attic floor',
  'main floor',
  'fourth floor',
  'east wing',
  'west wing',
  'lower level',
];

export const PEOPLE: readonly string[] =
  `anna|ben|carla|david|emma|frank|grace|henry|ines|jack|kate|liam|maria|noah
  |olivia|paul|quinn|rosa|sam|tom|uma|victor|wendy|xavier|yara|zoe|lena|max|nina|oscar|priya|ravi|sofia|theo|mei|ken
  |aisha|omar|ingrid|lars|freya|pedro|lucia|marco|elena|yuki|hana|tariq|ada|bruno|clara|dora|emil|fatima|gus|hugo|ivy
  |jonas|karim|leo|mila|nora|otto|petra|ruth|stefan|tessa|viola|walter|milo|ruby|finn|alice|george|mum|dad|grandma
  |grandpa|granny|the twins|the kids`
    .split('|')
    .map((word) => word.trim());

export const COLORS: readonly string[] =
  `red|green|blue|yellow|orange|purple|pink|white|turquoise|teal|cyan|magenta
  |violet|lavender|gold|amber|crimson|lime|indigo|coral|salmon|beige|ivory|mint|peach|maroon|navy|olive|silver|aqua
  |khaki|plum|tomato|orchid|sky blue|dark blue|light green|hot pink|royal blue|deep purple`
    .split('|')
    .map((word) => word.trim());

export const WARMTHS: readonly string[] = [
  'warm white',
  'cool white',
  'soft white',
  'daylight',
  'candlelight',
  'neutral white',
  'sunset',
  'ice white',
];

export const SCENES: readonly string[] =
  `movie night|good morning|good night|dinner|romance|bedtime|focus|reading
  |relax|cozy evening|homework|welcome home|away|breakfast|gaming|spa|christmas|halloween|rainy day|cleaning|yoga
  |meditation|sunrise|deep work|guest arrival|game night|holiday|siesta|cooking|concert|storm|birthday|nap|date night
  |stargazing|barbecue|late shift|quiet hours|tea time|workout|baby sleep|storytime|energy saver|full house|nightcap
  |first coffee|dog walk|bath|campfire|ocean|northern lights|jazz club|laundry day|packing|summer breeze`
    .split('|')
    .map((word) => word.trim());

export const GOODS: readonly string[] =
  `milk|eggs|bread|butter|bananas|tomatoes|onions|garlic|rice|pasta|coffee|tea
  |sugar|flour|salt|pepper|olive oil|cheese|yogurt|chicken|salmon|tofu|spinach|carrots|potatoes|lettuce|cucumbers
  |lemons|oranges|grapes|strawberries|blueberries|honey|jam|peanut butter|oat milk|cereal|crackers|chocolate|cookies
  |ice cream|orange juice|sparkling water|toilet paper|paper towels|dish soap|laundry detergent|batteries|light bulbs
  |trash bags|dog food|cat litter|toothpaste|shampoo|sponges|candles|stamps|band aids|napkins|baking powder|vinegar
  |mustard|mayonnaise|soy sauce|noodles|beans|lentils|chickpeas|mushrooms|zucchini|bell peppers|broccoli|ginger
  |cinnamon|basil|parsley|nuts|almonds|raisins|two pizzas|a dozen eggs|red wine|green tea|frozen peas|sour cream`
    .split('|')
    .map((word) => word.trim());

export const CHORES: readonly string[] =
  `water the plants|call the plumber|feed the cat|pay the rent|mow the lawn
  |clean the gutters|wash the car|empty the dishwasher|fold the laundry|book the dentist|return the parcel
  |change the filter|vacuum the stairs|walk the dog|renew the passport|fix the fence|descale the kettle
  |sort the recycling|iron the shirts|sweep the porch|charge the drill|order firewood|back up the photos
  |defrost the freezer|oil the hinges|clean the oven|bring in the mail|plant the tulips|test the smoke alarm`
    .split('|')
    .map((word) => word.trim());

export const LISTS: readonly string[] = [
  'grocery',
  'to do',
  'chore',
  'packing',
  'hardware store',
  'wish',
  'weekend',
  'party',
  'pharmacy',
  'camping',
  'garden',
  'birthday',
  'office',
  'holiday',
  'farmers market',
  'school',
  'bakery',
  'reading',
  'drugstore',
  'baby',
];

export const TIMER_LABELS: readonly string[] =
  `pasta|rice|egg|laundry|tea|bread|oven|nap|workout|homework|cake|roast
  |sauna|sprinkler|parking|meditation|chicken|potato|cookie|soup|dryer|break|steak|bath|dough|focus|reading|lasagna
  |plank|phone call|brisket|screen time|piano practice|dishwasher|coffee|muffin|quiche|time out|hair dye|face mask`
    .split('|')
    .map((word) => word.trim());

export const CITIES: readonly string[] =
  `london|paris|berlin|madrid|rome|vienna|oslo|stockholm|helsinki|dublin|lisbon
  |prague|warsaw|athens|tokyo|kyoto|seoul|beijing|mumbai|delhi|sydney|melbourne|auckland|toronto|montreal|vancouver
  |chicago|boston|seattle|denver|austin|dallas|miami|houston|portland|new york|los angeles|san francisco|mexico city
  |lima|bogota|santiago|buenos aires|cairo|nairobi|cape town|lagos|istanbul|dubai|singapore|bangkok|hanoi|jakarta`
    .split('|')
    .map((word) => word.trim());

export const DAYS: readonly string[] = [
  'today',
  'tomorrow',
  'tonight',
  'this weekend',
  'monday',
  'tuesday',
  'wednesday',
  'thursday',
  'friday',
  'saturday',
  'sunday',
  'this afternoon',
  'this evening',
  'next week',
  'on friday',
  'on sunday',
  'tomorrow morning',
  'next monday',
];
