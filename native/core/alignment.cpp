#include "alignment.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>
#include <string>

#include "alignment_math.h"
#include "pair_mean.h"
#include "pair_sums.h"
#include "parallel.h"

namespace sslmem {

namespace {

using AddToSums = void (*)(const double*, const double*, size_t, PairSums&);

// What one thread works with. The rows of one sample are scaled and compared block by block, so that the
// memory does not grow with dim.
struct Workspace {
  PairMean mean;
  std::vector<double> block;      ///< [views, kSumBlock]
  std::vector<PairSums> sums;     ///< [pairs]
  std::vector<double> norms;      ///< [views] |u|
  std::vector<double> distances;  ///< [distances, pairs]

  Workspace(ViewScheme scheme, size_t views, size_t distance_count)
      : mean(scheme, views),
        block(views * kSumBlock),
        sums(mean.pairs().size()),
        norms(views),
        distances(distance_count * mean.pairs().size()) {}
};

struct Rows {
  const float* data;
  size_t sample, views, dim;

  const float* view(size_t v) const { return data + (sample * views + v) * dim; }
};

[[noreturn]] void throw_not_finite(const Rows& rows, size_t view) {
  const float* row = rows.view(view);
  size_t k = 0;
  while (std::isfinite(row[k])) ++k;
  const char* what = std::isnan(row[k]) ? "NaN" : row[k] > 0 ? "Infinity" : "-Infinity";
  throw NotFinite("Expected finite numbers for representations but received " + std::string(what) +
                  " at sample " + std::to_string(rows.sample) + ", view " + std::to_string(view) +
                  ", component " + std::to_string(k));
}

void measure_norms(const Rows& rows, std::vector<double>& norms) {
  for (size_t v = 0; v < rows.views; ++v) {
    const double squares = square_sum(rows.view(v), rows.dim);
    if (!std::isfinite(squares)) throw_not_finite(rows, v);
    norms[v] = std::sqrt(squares);
  }
}

// Fills work.sums with the sums over all components that `add` makes, of the rows or of their unit vectors.
void sum_pairs(const Rows& rows, bool unit, AddToSums add, Workspace& work) {
  std::fill(work.sums.begin(), work.sums.end(), PairSums{});
  const auto& pairs = work.mean.pairs();
  for (size_t start = 0; start < rows.dim; start += kSumBlock) {
    const size_t count = std::min(kSumBlock, rows.dim - start);
    const size_t padded = (count + kLanes - 1) / kLanes * kLanes;
    for (size_t v = 0; v < rows.views; ++v) {
      const double scale = unit ? unit_scale(work.norms[v]) : 1.0;
      scale_to_double(rows.view(v) + start, scale, count, &work.block[v * kSumBlock]);
    }
    for (size_t p = 0; p < pairs.size(); ++p) {
      add(&work.block[pairs[p].first * kSumBlock], &work.block[pairs[p].second * kSumBlock], padded,
          work.sums[p]);
    }
  }
}

// |u + v|^2 of two unit vectors: what nearly opposite directions are measured by.
double squared_sum_of_units(const Rows& rows, const ViewPair& pair, const std::vector<double>& norms) {
  const float *u = rows.view(pair.first), *v = rows.view(pair.second);
  const double scale_u = unit_scale(norms[pair.first]), scale_v = unit_scale(norms[pair.second]);
  double lanes[kLanes] = {};
  for (size_t k = 0; k < rows.dim; ++k) {
    const double sum = static_cast<double>(u[k]) * scale_u + static_cast<double>(v[k]) * scale_v;
    lanes[k % kLanes] += sum * sum;
  }
  return sum_lanes(lanes);
}

double angle(double squared_chord, const Rows& rows, const ViewPair& pair, const std::vector<double>& norms) {
  if (squared_chord <= kLargestChord) return angle_of_chord(squared_chord);
  return 1.0 - angle_of_chord(squared_sum_of_units(rows, pair, norms));
}

double directional(Distance distance, double squares, const Rows& rows, const ViewPair& pair,
                   const std::vector<double>& norms) {
  const bool zero_first = norms[pair.first] == 0.0, zero_second = norms[pair.second] == 0.0;
  if (zero_first != zero_second) return distance == Distance::Cosine ? 1.0 : 0.5;
  if (distance == Distance::Cosine) return cosine_of_chord(squares);
  return angle(squares, rows, pair, norms);
}

bool is_directional(Distance distance) {
  return distance == Distance::Cosine || distance == Distance::Angular;
}

// Computes those of the wanted distances that are taken of unit vectors (or of the rows as they are).
void measure(const Rows& rows, bool unit, const AlignmentOptions& options, Workspace& work) {
  bool squares = false, absolutes = false;
  const auto wanted = [&](Distance d) { return unit == (options.normalize || is_directional(d)); };
  for (const Distance d : options.distances) {
    if (!wanted(d)) continue;
    (d == Distance::L1 ? absolutes : squares) = true;
  }
  if (!squares && !absolutes) return;
  sum_pairs(rows, unit, !absolutes ? add_squares : squares ? add_both : add_absolutes, work);

  const auto& pairs = work.mean.pairs();
  for (size_t p = 0; p < pairs.size(); ++p) {
    const double square = squares ? sum_lanes(work.sums[p].squares) : 0.0;
    for (size_t i = 0; i < options.distances.size(); ++i) {
      const Distance d = options.distances[i];
      if (!wanted(d)) continue;
      double& out = work.distances[i * pairs.size() + p];
      if (d == Distance::L1) {
        out = sum_lanes(work.sums[p].absolutes);
      } else if (d == Distance::L2) {
        out = std::sqrt(square);
      } else {
        out = directional(d, square, rows, pairs[p], work.norms);
      }
    }
  }
}

}  // namespace

std::vector<AlignmentResult> alignment(const float* representations, size_t samples, size_t views, size_t dim,
                                       const AlignmentOptions& options, const CancelFlag& cancel) {
  if (dim == 0) throw std::invalid_argument("Expected dim of at least 1 but received 0");
  const size_t pair_count = view_pairs(options.scheme, views).size();
  const size_t left_out = left_out_count(options.scheme, views);
  std::vector<AlignmentResult> results(options.distances.size());
  for (auto& result : results) {
    result.loss.resize(samples);
    result.standard_error.resize(samples);
    result.leave_one_out.resize(samples * left_out);
    if (options.keep_pairs) result.pairs.resize(samples * pair_count);
  }

  std::vector<Workspace> workspaces;
  const size_t workers = parallel_workers(samples, options.threads);
  workspaces.reserve(workers);
  for (size_t w = 0; w < workers; ++w) workspaces.emplace_back(options.scheme, views, results.size());

  parallel_for(samples, options.threads, cancel, [&](size_t sample, size_t worker) {
    Workspace& work = workspaces[worker];
    const Rows rows{representations, sample, views, dim};
    measure_norms(rows, work.norms);
    measure(rows, true, options, work);
    measure(rows, false, options, work);
    for (size_t i = 0; i < results.size(); ++i) {
      const double* distances = &work.distances[i * pair_count];
      AlignmentResult& result = results[i];
      result.loss[sample] =
          work.mean(distances, &result.leave_one_out[sample * left_out], &result.standard_error[sample]);
      if (options.keep_pairs) std::copy_n(distances, pair_count, &result.pairs[sample * pair_count]);
    }
  });
  return results;
}

}  // namespace sslmem
