#!/usr/bin/env bash
# The experiment that gives the paper its title (Wang et al., ICLR 2024): takes the k candidates that f memorises most out
# of its training data, trains it again, and reads classes from its representations; the same with k random candidates, k
# random ones of the same classes as the most memorised, and the k least memorised. If memorisation helps, the first
# encoder loses most, on the data it was trained on and on others.
#
#   scripts/experiments/removal.sh DATA [--other DATA] [--out DIR] [--sizes 50,100] [--seeds 3] [--picks most,random]
#                                  [--probe-train N] [--probe-test N] [-- FLAGS of sslmem train]
#
# Everything lands in DIR (default runs/removal): seed-S/base is an ordinary audit with split and training seed S, seed-S/
# PICK-K the encoder trained without K candidates, seed-S/probes its accuracies; removal.json, removal.csv, removal.svg and
# removal.png put them together. Run it again and it goes on where it was. SSLMEM names the program (default: this checkout's).
# Both data sets need labels. With DATA of 600 images as in `--preset small` one encoder is a few minutes on two cores, and
# there are seeds · (2 + picks · sizes) of them. The lists of `sslmem curate` and the seeds decide all: no number of it
# changes with the machine's load.
set -euo pipefail
cd "$(dirname "$0")/../.."

fail() {
  echo "removal.sh: $1" >&2
  exit 2
}
whole() { [[ $2 =~ ^[1-9][0-9]*$ ]] || fail "expected a whole number above 0 for $1 but received \"$2\""; }

data="" other="" out=runs/removal sizes=50,100 seeds=3 picks=most,matched-random,random,least
probe_train=5000 probe_test=2000
while (($# > 0)); do
  case $1 in
    --) shift && break ;;
    --other | --out | --sizes | --seeds | --picks | --probe-train | --probe-test)
      (($# > 1)) || fail "expected a value after $1"
      name=${1#--} && printf -v "${name//-/_}" %s "$2" && shift 2
      ;;
    -*) fail "expected one of --other --out --sizes --seeds --picks --probe-train --probe-test but received $1" ;;
    *)
      [[ -z $data ]] || fail "expected one data set but received $data and $1"
      data=$1 && shift
      ;;
  esac
done
[[ -n $data ]] || fail "expected a data set: scripts/experiments/removal.sh DATA [options] [-- flags of sslmem train]"
whole --seeds "$seeds" && whole --probe-train "$probe_train" && whole --probe-test "$probe_test"
IFS=, read -ra size_list <<<"$sizes"
IFS=, read -ra pick_list <<<"$picks"
for size in "${size_list[@]}"; do whole --sizes "$size"; done
for pick in "${pick_list[@]}"; do
  [[ $pick =~ ^(most|least|random|matched-random)$ ]] || fail "expected most, least, random, matched-random for --picks but received \"$pick\""
done

read -ra program <<<"${SSLMEM:-node dist/src/cli/main.js}"
sslmem() { "${program[@]}" "$@"; }

# probe RUN NAME: accuracies of the run's f on both data sets. The training images of a probe are the same for all.
probe() {
  local run=$1 name=$2 folder=$3
  [[ -f $folder/$name.same.json ]] ||
    sslmem probe --run "$run" --seeds 1 --train-limit "$probe_train" --test-limit "$probe_test" \
      --out "$folder/$name.same.json" --format quiet >/dev/null
  [[ -z $other || -f $folder/$name.other.json ]] ||
    sslmem probe "$other" --run "$run" --seeds 1 --out "$folder/$name.other.json" --format quiet >/dev/null
}

for ((seed = 0; seed < seeds; seed++)); do
  folder=$out/seed-$seed base=$out/seed-$seed/base
  mkdir -p "$folder/lists" "$folder/probes"
  echo "== seed $seed: the audit that says which candidates are memorised" >&2
  sslmem audit "$data" --run "$base" --seed "$seed" --split-seed "$seed" "$@" --format quiet >/dev/null
  probe "$base" none-0 "$folder/probes"
  for size in "${size_list[@]}"; do
    for pick in "${pick_list[@]}"; do
      name=$pick-$size run=$folder/$pick-$size list=$folder/lists/$pick-$size.txt
      echo "== seed $seed: without $size candidates, $pick" >&2
      sslmem curate "$base" --pick "$pick" --count "$size" --seed "$seed" --out "$list" --format quiet >/dev/null
      # The same images, split and settings; without the list, every other image stays in its subset.
      sslmem train "$data" --run "$run" --seed "$seed" --split-seed "$seed" "$@" --exclude "$list" --only f --format quiet >/dev/null
      probe "$run" "$name" "$folder/probes"
    done
  done
done
node dist/scripts/experiments/removal/main.js "$out"
