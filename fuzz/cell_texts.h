/* Texts of cells that between them have all of the language. */
#ifndef TL_FUZZ_CELL_TEXTS_H
#define TL_FUZZ_CELL_TEXTS_H

static const char *const cell_texts[] = {
	"# A paper.\ncell lstm\noption φ = tanh, normalise = false, rate = 0.5\nstate h, c\n"
	"weight b_i = input_bias, b_f = forget_bias\n"
	"n(a, gain) = layer_norm(a, gain) if normalise else a\ns  = drop(h, rate)\n"
	"i  = σ(n(W_i x, gain_xi) + n(U_i s, gain_hi) + b_i)   # eq. 1\n"
	"f  = σ(n(W_f x, gain_xf) + n(U_f s, gain_hf) + b_f)\n"
	"g  = φ(n(W_g x, gain_xg) + n(U_g s, gain_hg) + b_g)\n"
	"c' = f ⊙ c + i ⊙ drop(g)\nh' = σ(W_o x + U_o s) ⊙ φ(c')\n",
	"cell clockwork\noption period = [1, 2, 4]\nstate h\nn = hidden / count(period)\n"
	"part(k) = tanh(U[k] x + W[k] h[k n:] + b[k]) if t mod period[k] = 0 else h[k n:(k + 1) "
	"n]\n"
	"h' = concat(part(k) for k = 0..count(period) − 1)\n",
	"cell mlstm\nstate h, C : [hidden, hidden], n, m : number\nq = W_q x + b_q\n"
	"k = W_k x / sqrt(hidden) + b_k\nv = W_v x + b_v\na = w_iᵀ x + b_i\nl = log_sigmoid(w_fᵀ x "
	"+ b_f) + m\n"
	"m' = max(l, a)\ni = exp(a − m')\nf = exp(l − m')\nC' = f C + i v kᵀ\nn' = f n + i k\n"
	"h' = C' q / max(abs(n'ᵀ q), exp(−m'))\n",
	"cell ltc\noption unfold = 3, dt = 1\nstate h\nweight A : [hidden] = uniform(−1, 1), "
	"log_tau = 0\n"
	"δ = dt / unfold\nv = h\nfor l = 1..unfold:\n    f = σ(W x + U v + b)\n"
	"    v = (v + δ f ⊙ A) / (1 + δ (exp(−log_tau) + f))\nh' = v\n",
	"cell stack\noption depth = 3, width = 2, read = 2\nstate h, s : [depth, width] = −1\n"
	"h' = σ(U x + R h + P reshape(s[:read], read width))\n(push, pop, keep) = softmax(A h')\n"
	"v = σ(D h')\ns' = push [vᵀ; s[:depth − 1]] + pop [s[1:]; −ones(1, width)] + keep s\n",
	"cell past\noption window = 3\nstate h = learned\nK = rows(h[t − k] for k = 1..window)\nq "
	"= W_q x + U_q h\n"
	"a = softmax(K q / sqrt(hidden) + concat(0 if k ≤ t else −1e30 for k = 1..window))\n"
	"h' = tanh(W x + V x[t − 1] + U Kᵀ a + b)\n",
	"cell pictures\noption rows_ = 3, kernel = 3\nrequire kernel mod 2 = 1\ninput x : [in, "
	"rows_, 2]\n"
	"state h : [hidden, rows_, 2]\nweight b_i : [hidden, 1, 1]\n"
	"h' = σ(conv(W, x, kernel) + conv(U, h, kernel) + p ⊙ h + b_i)\n",
	"cell tree_lstm\ntree\nstate h, c\ns = sum(h for each child)\ni = σ(W_i x + U_i s + "
	"b_i)\nu = tanh(W_u x + U_u s)\n"
	"c' = i ⊙ u + sum(σ(W_f x + U_f h + b_f) ⊙ c for each child)\nh' = tanh(c')\n",
	"cell places\noption children = 2\ntree children\nstate h, c\na = W_f x + b_f\n"
	"f(k) = σ(a + sum(U_f[k][l] h for each child l))\n"
	"c' = tanh(W x + sum(U[k] h for each child k)) + sum(f(k) ⊙ c for each child k)\nh' = "
	"tanh(c')\n",
	"cell fast\noption r = 2\nstate h\nweight W_2 : [in, r], ζ : number = 1\nfixed M = "
	"sparse(0.5, 0.9)\n"
	"a = W_1 W_2ᵀ x + M h\nh' = (σ(ζ) (1 − a) + σ(2)) ⊙ a\n",
	"cell anti\noption ε = 0.1\nrequire ε > 0\nstate h, m = 1\nA = W − Wᵀ − ε I\nk = 2 m if m "
	"< 0.5 and not h > 2 else m mod 2\n"
	"m' = (1 − k) ⊙ m + k ⊙ clamp(h, −1, 1)\nh' = h + ε drop(tanh(A h + V x + b)) ⊙ min(m', "
	"mean(h), 3)\n",
};

#endif
