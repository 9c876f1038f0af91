// Every page loads this one module; each part attaches itself by data- attributes and does nothing where there are none.
import { startAnswers } from "./answers.js";
import { startClocks } from "./clock.js";
import { startDigits } from "./digits.js";
import { startForms } from "./forms.js";
import { startKeys } from "./keys.js";
import { startTheme } from "./theme.js";
import { startToasts } from "./toast.js";

startTheme();
startForms();
startAnswers();
startClocks();
startDigits();
startKeys();
startToasts();
