#!/usr/bin/env bash
# The experiment that gives the paper its title (Wang et al., ICLR 2024): takes the k candidates that f memorises most out
# of its training data, trains it again, and reads classes from its representations; the same with k random candidates, k
# random ones of the same classes as the most memorised, and the k least memorised. If memorisation helps, the first
# encoder loses most, on the data it was trained on and on others.
#
#   scripts/experiments/removal.sh DATA [options] [-- FLAGS of sslmem train]
#
#   --other DATA        probe on this data set, too
#   --out DIR           where everything lands (default runs/removal)
#   --sizes K,K         how many candidates are taken out (default 50,100)
#   --seeds N           repetitions: seed S splits, initialises and draws with S (default 3)
#   --first-seed S      the first of them (default 0), to share them out among processes: the last one to end has all
#   --picks A,B         of most, matched-random, random, least (default all four)
#   --probe-train N     training images of a probe (default all), the same ones for every encoder
#   --probe-test N      test images of a probe (default all)
#   --engine NAME       for every step: tensorflow or torch (default auto)
#   --precision NAME    of training and scoring, say bf16 (default auto); probes always compute in float32
#
# Example, a quarter of an hour for each seed on two cores:
#   scripts/experiments/removal.sh cifar10.tar --other svhn.tar --sizes 100 -- --preset small --candidate 300
#
# DIR/seed-S/base is an ordinary audit with split and training seed S, DIR/seed-S/PICK-K the encoder trained without K
# candidates, DIR/seed-S/probes its accuracies; removal.json, removal.csv, removal.svg and removal.png put them together.
# Both data sets need labels. Run it again and it goes on where it was; more sizes, seeds and picks may be asked for then,
# but nothing else may change. One encoder is trained seeds · (2 + picks · sizes) times. The lists of `sslmem curate` and
# the seeds decide all. SSLMEM names the program (default: this checkout's).
set -euo pipefail

fail() {
  echo "removal.sh: $1" >&2
  exit 2
}
whole() { [[ $2 =~ ^[1-9][0-9]*$ ]] || fail "expected a whole number above 0 for $1 but received \"$2\""; }

data="" other="" out="" sizes=50,100 seeds=3 first_seed=0 picks=most,matched-random,random,least
probe_train="" probe_test="" engine="" precision=""
while (($# > 0)); do
  case $1 in
    --) shift && break ;;
    -h | --help) sed -n '2,/^set -/{/^set -/!s/^# \{0,1\}//p}' "${BASH_SOURCE[0]}" && exit ;;
    --other | --out | --sizes | --seeds | --first-seed | --picks | --probe-train | --probe-test | --engine | --precision)
      (($# > 1)) || fail "expected a value after $1"
      name=${1#--} && printf -v "${name//-/_}" %s "$2" && shift 2
      ;;
    -*) fail "expected an option of removal.sh --help but received $1" ;;
    *)
      [[ -z $data ]] || fail "expected one data set but received $data and $1"
      data=$1 && shift
      ;;
  esac
done
[[ -n $data ]] || fail "expected a data set: scripts/experiments/removal.sh DATA [options] [-- flags of sslmem train]"
whole --seeds "$seeds"
[[ $first_seed =~ ^[0-9]+$ ]] || fail "expected a whole number for --first-seed but received \"$first_seed\""
[[ -z $probe_train ]] || whole --probe-train "$probe_train"
[[ -z $probe_test ]] || whole --probe-test "$probe_test"
IFS=, read -ra size_list <<<"$sizes"
IFS=, read -ra pick_list <<<"$picks"
for size in "${size_list[@]}"; do whole --sizes "$size"; done
for pick in "${pick_list[@]}"; do
  [[ $pick =~ ^(most|least|random|matched-random)$ ]] || fail "expected most, least, random, matched-random for --picks but received \"$pick\""
done

# Paths are those of the caller; the program is this checkout's.
here=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)
out=${out:-$here/runs/removal}
read -ra program <<<"${SSLMEM:-node $here/dist/src/cli/main.js}"
sslmem() { "${program[@]}" "$@" --format quiet >/dev/null; }

training=("$@") probing=()
[[ -z $engine ]] || training+=(--engine "$engine")
[[ -z $precision ]] || training+=(--precision "$precision")
[[ -z $probe_train ]] || probing+=(--train-limit "$probe_train")
[[ -z $probe_test ]] || probing+=(--test-limit "$probe_test")

# Results of other options would be mixed up with those that are there.
mkdir -p "$out"
options="$(printf '%q ' "$data" --other "$other" "${probing[@]}" -- "${training[@]}")"
if [[ ! -f $out/options ]]; then
  echo "$options" >"$out/options.$$" && mv "$out/options.$$" "$out/options"
elif [[ $(<"$out/options") != "$options" ]]; then
  fail "expected the options that $out was made with, $(<"$out/options"), but received $options; --out names another folder"
fi

# probe RUN NAME FOLDER: accuracies of the run's f on both data sets.
probe() {
  local run=$1 name=$2 folder=$3
  [[ -f $folder/$name.same.json ]] || sslmem probe --run "$run" --seeds 1 "${probing[@]}" --out "$folder/$name.same.json"
  [[ -z $other || -f $folder/$name.other.json ]] ||
    sslmem probe "$other" --run "$run" --seeds 1 "${probing[@]}" --out "$folder/$name.other.json"
}

# probed NAME FOLDER: whether that has been done, so that nothing of it need be opened again.
probed() { [[ -f $2/$1.same.json && (-z $other || -f $2/$1.other.json) ]]; }

for ((seed = first_seed; seed < first_seed + seeds; seed++)); do
  folder=$out/seed-$seed base=$out/seed-$seed/base probes=$out/seed-$seed/probes
  seeded=(--seed "$seed" --split-seed "$seed")
  mkdir -p "$folder/lists" "$probes"
  if ! probed none-0 "$probes"; then
    echo "== seed $seed: the audit that says which candidates are memorised" >&2
    sslmem audit "$data" --run "$base" "${seeded[@]}" "${training[@]}"
    probe "$base" none-0 "$probes"
  fi
  for size in "${size_list[@]}"; do
    for pick in "${pick_list[@]}"; do
      name=$pick-$size
      probed "$name" "$probes" && continue
      echo "== seed $seed: without $size candidates, $pick" >&2
      list=$folder/lists/$name.txt
      sslmem curate "$base" --pick "$pick" --count "$size" --seed "$seed" --out "$list"
      # The same images, split and settings; without the list, every other image stays in its subset.
      sslmem train "$data" --run "$folder/$name" "${seeded[@]}" "${training[@]}" --exclude "$list" --only f
      probe "$folder/$name" "$name" "$probes"
    done
  done
done
node "$here/dist/scripts/experiments/removal/main.js" "$out"
