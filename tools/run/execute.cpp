// SPDX-License-Identifier: MIT
#include "tools/run/execute.hpp"

#include "base/result.hpp"
#include "tools/run/launch_check.hpp"
#include "tools/run/prepare.hpp"

namespace tools::run {

Result<Execution> attempt(const Options& options) {
    const Prepared prepared = TRY(prepare(options));
    qemu::Watch watch = watch_of(options);
    if (!options.any_launch) expect_launch(watch, prepared);
    qemu::SessionResult result = TRY(qemu::run(spec_of(options, prepared), watch));
    const verdict::Subject subject = subject_of(options, prepared.payload);
    verdict::Outcome outcome = verdict::decide(result, subject);
    std::string text = outcome.code == ExitCode::Success
                           ? ""
                           : verdict::diagnosis(result, subject, prepared.payload.symbols);
    return Execution{std::move(result), std::move(outcome), std::move(text)};
}

Result<Execution> execute(const Options& options) {
    Execution done = TRY(attempt(options));
    if (done.session.ending.kind == qemu::Ending::Kind::Interrupted)
        return problem("interrupted by signal {}", done.session.ending.signal);
    return done;
}

}  // namespace tools::run
