package io.sandboxmanager.agentscope;

import java.io.IOException;
import java.io.InputStream;
import java.util.Arrays;
import java.util.List;

import jakarta.servlet.http.HttpServletRequest;
import org.jspecify.annotations.Nullable;
import org.springframework.core.MethodParameter;
import org.springframework.web.bind.support.WebDataBinderFactory;
import org.springframework.web.context.request.NativeWebRequest;
import org.springframework.web.method.support.HandlerMethodArgumentResolver;
import org.springframework.web.method.support.ModelAndViewContainer;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.ObjectReader;
import tools.jackson.databind.exc.UnrecognizedPropertyException;

import io.sandboxmanager.sandbox.ByteBudget;
import io.sandboxmanager.sandbox.HeldBytes;

/**
 * Reads the arguments of a call from the body, whatever its {@code Content-Type} says.
 */
class RpcArgumentsResolver implements HandlerMethodArgumentResolver {

	private static final long MAX_BODY = 32 << 20;

	private static final long MAX_KEPT = 64 << 10;

	/** A text is there as bytes, as characters, as a string and as bytes again. */
	private static final int WEIGHT = 4;

	/** Worked out once for each type: every call would take its record apart again. */
	private final ClassValue<Form> forms = new ClassValue<>() {

		@Override
		protected Form computeValue(Class<?> type) {
			return Form.of(type);
		}

	};

	private final ByteBudget budget;

	private final long maxBody;

	RpcArgumentsResolver(ByteBudget budget) {
		this.budget = budget;
		this.maxBody = Math.min(MAX_BODY, budget.largest() / WEIGHT);
	}

	@Override
	public boolean supportsParameter(MethodParameter parameter) {
		return RpcArguments.class.isAssignableFrom(parameter.getParameterType());
	}

	@Override
	public Object resolveArgument(MethodParameter parameter, @Nullable ModelAndViewContainer container,
			NativeWebRequest request, @Nullable WebDataBinderFactory binders) throws IOException {
		HttpServletRequest http = (HttpServletRequest) request.getNativeRequest();
		HeldBytes body = RequestMemory.hold(http, new HeldBytes(this.budget, WEIGHT));
		long limit = RpcArguments.Kept.class.isAssignableFrom(parameter.getParameterType())
				? Math.min(MAX_KEPT, this.maxBody) : this.maxBody;
		if (!body.read(http.getInputStream(), limit)) {
			throw new RpcException("the body is longer than " + limit + " bytes");
		}
		Form form = this.forms.get(parameter.getParameterType());
		Object arguments = form.required().isEmpty() ? readAtOnce(body.stream(), form.reader()) : null;
		return (arguments != null) ? arguments : readInSteps(body, form);
	}

	/** Nothing where that fails: why is told by who reads it in steps. */
	private static @Nullable Object readAtOnce(InputStream body, ObjectReader reader) {
		try {
			return reader.readValue(body);
		}
		catch (JacksonException ex) {
			return null;
		}
	}

	private static Object readInSteps(HeldBytes body, Form form) {
		JsonNode arguments = parse(body.stream());
		body.clear();
		return bind(arguments, form);
	}

	private static JsonNode parse(InputStream body) {
		try {
			JsonNode node = AgentScopeJson.MAPPER.readTree(body);
			if (node.isMissingNode()) {
				throw new RpcException("the body is empty; expected a JSON object, {} for no arguments");
			}
			if (!node.isObject()) {
				throw new RpcException("the body must be a JSON object of arguments, not " + node.getNodeType());
			}
			return node;
		}
		catch (JacksonException ex) {
			throw new RpcException("the body is not JSON: " + ex.getOriginalMessage() + at(ex));
		}
	}

	private static Object bind(JsonNode arguments, Form form) {
		for (String name : form.required()) {
			if (!arguments.has(name)) {
				throw new RpcException("missing 1 required argument: '" + name + "'");
			}
		}
		try {
			return form.reader().readValue(arguments);
		}
		catch (UnrecognizedPropertyException ex) {
			throw new RpcException("got an unexpected argument '" + ex.getPropertyName() + "'");
		}
		catch (JacksonException ex) {
			throw new RpcException(ex.getOriginalMessage() + " (argument " + ex.getPathReference() + ")");
		}
	}

	private static String at(JacksonException failure) {
		return (failure.getLocation() == null) ? ""
				: ": line " + failure.getLocation().getLineNr() + " column " + failure.getLocation().getColumnNr();
	}

	/**
	 * What a call's arguments look like.
	 *
	 * @param required names of those that may not be absent
	 */
	private record Form(List<String> required, ObjectReader reader) {

		static Form of(Class<?> type) {
			List<String> required = Arrays.stream(type.getRecordComponents())
				.filter((component) -> !component.getAnnotatedType().isAnnotationPresent(Nullable.class))
				.map(AgentScopeJson::nameOf)
				.toList();
			return new Form(required, AgentScopeJson.MAPPER.readerFor(type));
		}

	}

}
