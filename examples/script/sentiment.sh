#!/bin/sh
# Judge English texts by a list of words. Each argument is the path of a text; for each, in this
# order, one line of JSON is printed, with a value for each target of contract.json.
set -eu
export LC_ALL=C

for text; do
    awk '
        NR == FNR { weight[$1] = $2; next }         # the first file: words and their weights

        {
            count = split(tolower($0), word, /[^a-z]+/)
            for (i = 1; i <= count; i++) {
                if (word[i] == "") continue
                words++
                found = turned > 0 ? -weight[word[i]] : weight[word[i]]
                if (found > 0) good += found; else bad -= found
                turned = word[i] ~ /^(not|no|never|hardly|isn|wasn|don|didn)$/ ? 3 : turned - 1
            }                                       # "not bad", "not at all good"
        }

        END {
            score = good + bad ? (good - bad) / (good + bad) : 0
            mood = score > 0.2 ? "positive" : score < -0.2 ? "negative" : "neutral"
            printf "{\"words\": %d, \"score\": %.4f, \"mood\": \"%s\"}\n", words, score, mood
        }
    ' words.txt "$text"
done
