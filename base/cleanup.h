#ifndef BASE_CLEANUP_H
#define BASE_CLEANUP_H

/*
 * Scope-bound cleanup.  A declaration that carries CLEANUP() is released on every path out of its
 * scope, those added later included; that is why the tree has no "goto fail" ladders.
 *
 *	CLEANUP(buf_release) struct buf text = BUF_SECRET(LIMIT_DOCUMENT);
 *	CLEANUP(secret_freep) struct secret *key = NULL;
 *	...
 *	*out = TAKE(key);
 *
 * Initialise in the declaration: the cleanup function sees whatever is there.
 */
#define CLEANUP(function)	__attribute__((cleanup(function)))

/* Beside "void x_free(struct x *)" define the form that CLEANUP() needs, "x_freep". */
#define DEFINE_CLEANUP(type, function)					\
	static inline void function##p(type **object)			\
	{								\
		function(*object);					\
	}

/* The value of a pointer, which is NULL afterwards: hands ownership over. */
#define TAKE(pointer) __extension__ ({					\
	__typeof__(pointer) taken_ = (pointer);				\
	(pointer) = NULL;						\
	taken_;								\
})

#define WARN_UNUSED		__attribute__((warn_unused_result))
#define PRINTF_LIKE(f, a)	__attribute__((format(printf, f, a)))
#define UNUSED			__attribute__((unused))

#endif
