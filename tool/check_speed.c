/* A training step beside LSTM's at the same sizes, in turns. */
#include "finding.h"
#include "said.h"
#include "timing.h"

bool check_speed(const cell_choice *c, const check_options *o, findings *f)
{
	trial nets[2] = {{0}};
	sizes own = o->size, lstm_size = o->size;
	own.positive = lstm_size.positive = is_positive(o);
	cell_choice lstm;
	bool done = false;
	cell_sizes(c, &own.in, &own.hidden);
	if (!cell_choose("lstm", &lstm))
		return false;
	if (trial_create(&nets[0], c, TL_F32, own) &&
	    trial_create(&nets[1], &lstm, TL_F32, lstm_size)) {
		timed list[2] = {{.run = trial_train, .user = &nets[0], .beside = &list[1]},
				 {.run = trial_train, .user = &nets[1]}};
		done = time_in_turn(list, 2, o->time) && trial_fine(&nets[0]) &&
		       trial_fine(&nets[1]);
		double ratio = list[0].ratio;
		double weights = (double)tl_params_element_count(nets[0].set) /
				 (double)tl_params_element_count(nets[1].set);
		if (done) {
			finding *one = found(f, "speed", ratio > 4 ? VERDICT_NOTE : VERDICT_OK,
					     "%.2f x LSTM's time, with %.2f x its weights: %.3g ms "
					     "for %lld steps there and back (in %lld, hidden %lld, "
					     "batch %lld)",
					     ratio, weights, 1e3 * list[0].seconds,
					     (long long)own.steps, (long long)own.in,
					     (long long)own.hidden, (long long)own.batch);
			found_number(one, "ratio", ratio);
			found_number(one, "weights", weights);
			found_number(one, "ms", 1e3 * list[0].seconds);
		}
	}
	trial_destroy(&nets[0]);
	trial_destroy(&nets[1]);
	cell_release(&lstm);
	return done;
}
